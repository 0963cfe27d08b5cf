// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Schnorr, Signature} from "../src/Schnorr.sol";

/// The library, to be called from outside.
contract SchnorrDoor {
    function isKey(uint256 key) external pure returns (bool) {
        return Schnorr.isKey(key);
    }

    function verify(uint256 key, bytes32 digest, Signature calldata signature) external pure returns (bool) {
        return Schnorr.verify(key, digest, signature);
    }
}
