// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";
import {SchnorrDoor} from "./SchnorrDoor.sol";
import {Signer} from "./Signer.sol";

contract SchnorrTest is Fixture {
    SchnorrDoor private immutable door =
        SchnorrDoor(vm.deployCode("contracts/test/SchnorrDoor.sol:SchnorrDoor"));

    uint256 private constant Y_OF_X_ONE = 0x4218f20ae6c646b363db68605822fb14264ca8d2587fdd6fbc750d587e76a7ee;
    uint256 private constant X_OF_Y_ONE = 0x1fe1e5ef3fceb5c135ab7741333ce5a6e80d68167653f6b2b24bcbcfaaaff507;

    function testFuzz_what_a_key_has_signed_passes_for_it_alone(uint256 secret, uint256 nonce, bytes32 digest) external {
        secret = 1 + secret % (Signer.ORDER - 2);
        vm.assume(secret != Signer.ORDER / 2); // Its successor is its negative, which has the same x.
        nonce = 1 + nonce % (Signer.ORDER - 1);
        Signature memory signature = Signer.signWith(secret, nonce, digest);

        claim(door.verify(Signer.keyOf(secret), digest, signature), "signed");
        claim(!door.verify(Signer.keyOf(secret + 1), digest, signature), "another key");
        claim(!door.verify(Signer.keyOf(secret), ~digest, signature), "another digest");
    }

    function testFuzz_case79_no_other_bytes_are_the_same_signature(uint256 change, uint256 field) external {
        bytes32 digest = keccak256("digest");
        uint256 key = Signer.keyOf(GROUP);
        Signature memory signature = Signer.sign(GROUP, digest);
        vm.assume(change != 0);
        if (field % 3 == 0) signature.rx ^= change;
        if (field % 3 == 1) signature.ry ^= change;
        if (field % 3 == 2) signature.s ^= change;

        claim(!door.verify(key, digest, signature), "changed");
    }

    function test_case79_the_negative_and_the_overflowing_forms_are_refused() external {
        bytes32 digest = keccak256("digest");
        uint256 key = Signer.keyOf(GROUP);
        Signature memory good = Signer.sign(GROUP, digest);

        claim(!door.verify(key, digest, Signature(good.rx, good.ry, Signer.ORDER - good.s)), "-s");
        claim(!door.verify(key, digest, Signature(good.rx, Signer.FIELD - good.ry, good.s)), "-R");
        claim(!door.verify(key, digest, Signature(good.rx, Signer.FIELD - good.ry, Signer.ORDER - good.s)), "both");
        claim(!door.verify(key, digest, Signature(good.rx, good.ry, 0)), "s of zero");
        claim(!door.verify(key, digest, Signature(0, 0, good.s)), "R of zeros");
    }

    function test_an_x_that_is_on_no_curve_is_no_key() external view {
        // 5³ + 7 has no square root.
        claim(!door.isKey(5), "off the curve");
    }

    function test_case77_nothing_and_what_is_out_of_range_is_no_key() external view {
        claim(!door.isKey(0), "zero");
        claim(!door.isKey(Signer.ORDER), "the order");
        claim(!door.isKey(Signer.FIELD), "the field");
        claim(!door.isKey(type(uint256).max), "all ones");
    }

    function test_every_point_of_honest_secrets_is_a_key() external {
        for (uint256 secret = 1; secret < 40; ++secret) claim(door.isKey(Signer.keyOf(secret)), "a key");
    }

    /// ecrecover answers zero for a key that is none: nothing passes for that zero.
    function test_under_what_is_no_key_nothing_passes() external view {
        bytes32 digest = keccak256("digest");
        uint256[3] memory keys = [uint256(0), 5, Signer.ORDER];
        for (uint256 i; i < 3; ++i) {
            claim(!door.verify(keys[i], digest, Signature(0, 0, 0)), "zeros");
            claim(!door.verify(keys[i], digest, Signature(0, 0, 1)), "zero R");
        }
    }

    /// A y that may be anything makes forging a search for two equal addresses among freely chosen ones: 2^80 steps. What
    /// that search would find is played by the precompile, which is made to answer with the address of whatever R is named.
    function test_an_R_that_is_not_the_even_point_of_its_x_is_refused_whatever_its_address() external {
        Signature memory good = Signer.sign(GROUP, keccak256("digest"));
        claim(passesAs(good.rx, good.ry), "the game itself");

        claim(!passesAs(good.rx, good.ry ^ 2), "off the curve");
        claim(!passesAs(good.rx, Signer.FIELD - good.ry), "odd");
        // Coordinates that are small enough can be written a second time, beyond the field.
        claim(passesAs(1, Y_OF_X_ONE), "x of one");
        claim(!passesAs(1 + Signer.FIELD, Y_OF_X_ONE), "x beyond the field");
        claim(passesAs(X_OF_Y_ONE, Signer.FIELD - 1), "y of minus one");
        claim(!passesAs(X_OF_Y_ONE, 1 + Signer.FIELD), "y of one, beyond the field and even");
    }

    function passesAs(uint256 rx, uint256 ry) private returns (bool) {
        bytes32 digest = keccak256("digest");
        address named = address(uint160(uint256(keccak256(abi.encode(rx, ry)))));
        vm.mockCall(address(1), "", abi.encode(named));
        return door.verify(Signer.keyOf(GROUP), digest, Signature(rx, ry, 1));
    }

    function test_an_answer_of_zero_is_no_match() external {
        bytes32 digest = keccak256("digest");
        Signature memory signature = Signer.sign(GROUP, digest);
        vm.mockCall(address(1), "", "");

        claim(!door.verify(Signer.keyOf(GROUP), digest, signature), "no answer");
    }
}
