// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RateLimiter} from "@openzeppelin/contracts/utils/RateLimiter.sol";

/// How much of each token may leave: a bucket that holds `capacity` and refills evenly within `window` seconds.
/// A token is listed when its capacity is not zero; zero closes it in both directions.
struct Limit {
    address token;
    uint208 capacity;
    uint48 window;
}

abstract contract Limits {
    using RateLimiter for RateLimiter.RefillingBucket;

    /// The name of a chain's own coin wherever a token is named.
    address internal constant NATIVE = address(0);

    /// A bucket knows many entries under keys; here each token has a bucket of its own, with one entry.
    bytes32 private constant ENTRY = 0;

    mapping(address token => RateLimiter.RefillingBucket) private _buckets;

    event LimitSet(address indexed token, uint256 capacity, uint256 window);

    error BadLimit();
    error LimitExceeded(address token, uint256 amount);

    /// What may leave at once when nothing has left for a window, what may leave now, and the window in seconds.
    function limitOf(address token) external view returns (uint256 capacity, uint256 available, uint256 window) {
        RateLimiter.RefillingBucket storage bucket = _buckets[token];
        return (bucket._capacity, bucket.available(ENTRY), bucket._window);
    }

    function _capacityOf(address token) internal view returns (uint256) {
        return _buckets[token]._capacity;
    }

    function _consume(address token, uint256 amount) internal {
        require(_buckets[token].tryConsume(ENTRY, amount), LimitExceeded(token, amount));
    }

    /// A bucket without a window would refill every second.
    function _checkLimit(uint256 capacity, uint48 window) internal pure {
        require(capacity <= type(uint208).max && (capacity == 0 || window != 0), BadLimit());
    }

    function _setLimit(address token, uint208 capacity, uint48 window) internal {
        _checkLimit(capacity, window);
        RateLimiter.RefillingBucket storage bucket = _buckets[token];
        // What has refilled until now has done so at the old rate.
        bucket.sync(ENTRY);
        bucket.updateSettings(window, capacity);
        emit LimitSet(token, capacity, window);
    }
}
