// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// A BIP340 signature, with the one thing that a contract cannot afford to compute.
/// The 64 bytes that signers make are `rx || s`.
struct Signature {
    uint256 rx;
    /// The even square root of rx³ + 7: a hint, which is checked.
    uint256 ry;
    uint256 s;
}

/// BIP340 signatures over secp256k1, checked with the two precompiles that every EVM chain has.
library Schnorr {
    uint256 private constant FIELD = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// sha256("BIP0340/challenge")
    bytes32 private constant TAG = 0x7bb52d7a9fef58323eb1bf7a407db382d2f3f2d81bb1224f49fe518f6d48d37c;

    /// ecrecover's name for a point with an even y.
    uint8 private constant EVEN = 27;

    /// Whether `key` is the x of a point, and one that `verify` can use: below the order, as all but one in 2^128 are.
    function isKey(uint256 key) internal pure returns (bool) {
        // With another x than a point's, or one out of range, ecrecover answers zero for whatever it is asked.
        return ecrecover(0, EVEN, bytes32(key), bytes32(uint256(1))) != address(0);
    }

    /**
     * @dev Whether `signature` over `digest` is valid under `key`, by BIP340 "Verification"; `key` passed `isKey`.
     *
     * s·G = R + e·P is what BIP340 asks. ecrecover(h, v, r, s') is the address of (s'·Q - h·G) / r, where Q has the x
     * coordinate r; with Q = P, r = key, s' = -e·key and h = -s·key, that is the address of s·G - e·P.
     */
    function verify(uint256 key, bytes32 digest, Signature calldata signature) internal pure returns (bool) {
        (uint256 rx, uint256 ry, uint256 s) = (signature.rx, signature.ry, signature.s);
        if (s == 0 || s >= ORDER || !isEvenPoint(rx, ry)) return false;
        uint256 e = uint256(sha256(abi.encode(TAG, TAG, rx, key, digest))) % ORDER;
        bytes32 h = bytes32(ORDER - mulmod(s, key, ORDER));
        address seen = ecrecover(h, EVEN, bytes32(key), bytes32(ORDER - mulmod(e, key, ORDER)));
        // Zero is ecrecover's refusal.
        return seen != address(0) && seen == addressOf(rx, ry);
    }

    /// Only 160 bits of R are compared. Were y free, as many of its bits could be tried as an attacker has time for.
    function isEvenPoint(uint256 x, uint256 y) private pure returns (bool) {
        if (x >= FIELD || y >= FIELD || y % 2 != 0) return false;
        return mulmod(y, y, FIELD) == addmod(mulmod(mulmod(x, x, FIELD), x, FIELD), 7, FIELD);
    }

    function addressOf(uint256 x, uint256 y) private pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encode(x, y)))));
    }
}
