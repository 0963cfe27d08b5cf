// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls, Operation, OperationKind} from "../src/Controls.sol";
import {Release} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

/// One key after another.
contract KeysTest is Fixture {
    bytes32[] private noProof;
    Signature private none;

    function test_the_old_key_signs_until_the_new_one_is_set_and_not_after() external {
        Release memory before = burn(NATIVE, bob, 1 ether, 1);
        Release memory later = burn(NATIVE, bob, 1 ether, 2);
        Signature memory beforeSignature = signOne(before);
        Signature memory laterSignature = signOne(later);
        Signature memory newSignature = Signer.sign(NEXT_GROUP, typed(approval(leaf(later))));
        uint256 oldKey = vault.groupKey();
        Operation memory operation = proposeKey();
        vault.release(before, noProof, beforeSignature);
        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(later, noProof, newSignature);

        vm.warp(block.timestamp + 1 days);
        uint256 newKey = Signer.keyOf(NEXT_GROUP);
        vm.expectEmit(address(vault));
        emit Controls.KeySet(newKey, oldKey);
        vault.execute(operation);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(later, noProof, laterSignature);
        vault.release(later, noProof, newSignature);
        equal(bob.balance, 2 ether, "both");
    }

    function test_used_numbers_stay_used_under_a_new_key() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        release(item);
        Operation memory operation = proposeKey();
        vm.warp(block.timestamp + 1 days);
        vault.execute(operation);
        Signature memory signature = Signer.sign(NEXT_GROUP, typed(approval(leaf(item))));

        vm.expectRevert(bytes4(keccak256("AlreadyReleased()")));
        vault.release(item, noProof, signature);
    }

    function test_what_the_old_key_proposed_dies_with_it() external {
        Operation memory key = proposeKey();
        Operation memory limit = order(OperationKind.SetLimit, NATIVE, 1, 1);
        propose(limit);
        vm.warp(block.timestamp + 1 days);
        vault.execute(key);

        vm.expectRevert(Controls.NotProposed.selector);
        vault.execute(limit);
        Operation memory again = order(OperationKind.SetLimit, NATIVE, 2, 2);
        vault.propose(again, signOperation(NEXT_GROUP, again), none);
        vm.warp(block.timestamp + 1 days);
        vault.execute(again);
        (uint256 capacity,,) = vault.limitOf(NATIVE);
        equal(capacity, 2, "the new key's");
    }

    function test_a_key_that_nobody_has_is_not_set() external {
        uint256 present = vault.groupKey();
        Operation memory operation = order(OperationKind.SetKey, NATIVE, Signer.keyOf(NEXT_GROUP), 0);
        Signature memory signature = signOperation(GROUP, operation);
        Signature memory byAnother = signPossession(GROUP, present);
        Signature memory ofAnotherStep = signPossession(NEXT_GROUP, present ^ 1);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.propose(operation, signature, none);
        vm.expectRevert(Controls.BadSignature.selector);
        vault.propose(operation, signature, byAnother);
        vm.expectRevert(Controls.BadSignature.selector);
        vault.propose(operation, signature, ofAnotherStep);
    }

    function test_case77_what_is_no_key_is_not_set() external {
        uint256[4] memory keys = [uint256(0), 5, Signer.ORDER, type(uint256).max];
        for (uint256 i; i < 4; ++i) {
            Operation memory operation = order(OperationKind.SetKey, NATIVE, keys[i], 0);
            Signature memory signature = signOperation(GROUP, operation);
            vm.expectRevert(Controls.BadKey.selector);
            vault.propose(operation, signature, none);
        }
    }

    function test_case78_the_key_that_is_there_is_not_set_again() external {
        Operation memory operation = order(OperationKind.SetKey, NATIVE, vault.groupKey(), 0);
        Signature memory signature = signOperation(GROUP, operation);
        Signature memory possession = signPossession(GROUP, vault.groupKey());

        vm.expectRevert(Controls.BadKey.selector);
        vault.propose(operation, signature, possession);
    }

    function proposeKey() private returns (Operation memory operation) {
        operation = order(OperationKind.SetKey, NATIVE, Signer.keyOf(NEXT_GROUP), 0);
        Signature memory possession = signPossession(NEXT_GROUP, vault.groupKey());
        vault.propose(operation, signOperation(GROUP, operation), possession);
    }
}
