// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Schnorr, Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

contract SchnorrTest is Fixture {
    function verify(uint256 key, bytes32 digest, Signature calldata signature) external pure returns (bool) {
        return Schnorr.verify(key, digest, signature);
    }

    function testFuzz_what_a_key_has_signed_passes_for_it_alone(uint256 secret, uint256 nonce, bytes32 digest) external {
        secret = 1 + secret % (Signer.ORDER - 2);
        vm.assume(secret != Signer.ORDER / 2); // Its successor is its negative, which has the same x.
        nonce = 1 + nonce % (Signer.ORDER - 1);
        Signature memory signature = Signer.signWith(secret, nonce, digest);

        claim(this.verify(Signer.keyOf(secret), digest, signature), "signed");
        claim(!this.verify(Signer.keyOf(secret + 1), digest, signature), "another key");
        claim(!this.verify(Signer.keyOf(secret), ~digest, signature), "another digest");
    }

    function testFuzz_case79_no_other_bytes_are_the_same_signature(uint256 change, uint256 field) external {
        bytes32 digest = keccak256("digest");
        uint256 key = Signer.keyOf(GROUP);
        Signature memory signature = Signer.sign(GROUP, digest);
        vm.assume(change != 0);
        if (field % 3 == 0) signature.rx ^= change;
        if (field % 3 == 1) signature.ry ^= change;
        if (field % 3 == 2) signature.s ^= change;

        claim(!this.verify(key, digest, signature), "changed");
    }

    function test_case79_the_negative_and_the_overflowing_forms_are_refused() external {
        bytes32 digest = keccak256("digest");
        uint256 key = Signer.keyOf(GROUP);
        Signature memory good = Signer.sign(GROUP, digest);

        claim(!this.verify(key, digest, Signature(good.rx, good.ry, Signer.ORDER - good.s)), "-s");
        claim(!this.verify(key, digest, Signature(good.rx, Signer.FIELD - good.ry, good.s)), "-R");
        claim(!this.verify(key, digest, Signature(good.rx, Signer.FIELD - good.ry, Signer.ORDER - good.s)), "both");
        claim(!this.verify(key, digest, Signature(good.rx, good.ry, 0)), "s of zero");
        claim(!this.verify(key, digest, Signature(0, 0, good.s)), "R of zeros");
    }

    function test_an_x_that_is_on_no_curve_is_no_key() external pure {
        // 5³ + 7 has no square root.
        claim(!Schnorr.isKey(5), "off the curve");
    }

    function test_case77_nothing_and_what_is_out_of_range_is_no_key() external pure {
        claim(!Schnorr.isKey(0), "zero");
        claim(!Schnorr.isKey(Signer.ORDER), "the order");
        claim(!Schnorr.isKey(Signer.FIELD), "the field");
        claim(!Schnorr.isKey(type(uint256).max), "all ones");
    }

    function test_every_point_of_honest_secrets_is_a_key() external {
        for (uint256 secret = 1; secret < 40; ++secret) claim(Schnorr.isKey(Signer.keyOf(secret)), "a key");
    }

    /// ecrecover answers zero for a key that is none: nothing passes for that zero.
    function test_under_what_is_no_key_nothing_passes() external view {
        bytes32 digest = keccak256("digest");
        uint256[3] memory keys = [uint256(0), 5, Signer.ORDER];
        for (uint256 i; i < 3; ++i) {
            claim(!this.verify(keys[i], digest, Signature(0, 0, 0)), "zeros");
            claim(!this.verify(keys[i], digest, Signature(0, 0, 1)), "zero R");
        }
    }

    /// A y that may be anything makes forging a search for two equal addresses among freely chosen ones: 2^80 steps.
    function test_a_y_that_is_off_the_curve_is_refused_whatever_its_address() external {
        // Under this key and digest s·G - e·P is known; the precompile is made to answer the address of a false R.
        bytes32 digest = keccak256("digest");
        Signature memory signature = Signer.sign(GROUP, digest);
        uint256 falseY = signature.ry ^ 2;
        address seen = address(uint160(uint256(keccak256(abi.encode(signature.rx, falseY)))));
        vm.mockCall(address(1), "", abi.encode(seen));

        claim(!this.verify(Signer.keyOf(GROUP), digest, Signature(signature.rx, falseY, signature.s)), "off the curve");
        uint256 oddY = Signer.FIELD - signature.ry;
        vm.mockCall(address(1), "", abi.encode(address(uint160(uint256(keccak256(abi.encode(signature.rx, oddY)))))));
        claim(!this.verify(Signer.keyOf(GROUP), digest, Signature(signature.rx, oddY, signature.s)), "odd");
    }

    function test_an_answer_of_zero_is_no_match() external {
        bytes32 digest = keccak256("digest");
        Signature memory signature = Signer.sign(GROUP, digest);
        vm.mockCall(address(1), "", "");

        claim(!this.verify(Signer.keyOf(GROUP), digest, signature), "no answer");
    }
}
