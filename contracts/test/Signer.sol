// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/Schnorr.sol";
import {Vm, Wallet} from "./Vm.sol";

/// BIP340 signing in the simplest words; the nonce is no secret here. `Vectors.t.sol` holds it against another library.
library Signer {
    Vm private constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));
    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 internal constant FIELD = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    function keyOf(uint256 secret) internal returns (uint256) {
        return vm.createWallet(secret).publicKeyX;
    }

    function sign(uint256 secret, bytes32 digest) internal returns (Signature memory) {
        return signWith(secret, uint256(keccak256(abi.encode("nonce", secret, digest))) % ORDER, digest);
    }

    function signWith(uint256 secret, uint256 nonce, bytes32 digest) internal returns (Signature memory) {
        Wallet memory key = vm.createWallet(secret);
        Wallet memory point = vm.createWallet(nonce);
        uint256 d = isEven(key) ? secret : ORDER - secret;
        uint256 k = isEven(point) ? nonce : ORDER - nonce;
        uint256 ry = isEven(point) ? point.publicKeyY : FIELD - point.publicKeyY;
        bytes32 tag = sha256("BIP0340/challenge");
        uint256 e = uint256(sha256(abi.encode(tag, tag, point.publicKeyX, key.publicKeyX, digest))) % ORDER;
        return Signature(point.publicKeyX, ry, addmod(k, mulmod(e, d, ORDER), ORDER));
    }

    function isEven(Wallet memory point) private pure returns (bool) {
        return point.publicKeyY % 2 == 0;
    }
}
