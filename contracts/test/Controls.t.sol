// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls, Operation, OperationKind} from "../src/Controls.sol";
import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

/// Guardian and group: what each can do, and when.
contract ControlsTest is Fixture {
    Signature private none;

    // The guardian

    function test_the_guardian_alone_pauses() external {
        vm.expectRevert(Controls.NotGuardian.selector);
        vault.pause();
        vm.prank(COUNCIL);
        vm.expectRevert(Controls.NotGuardian.selector);
        vault.pause();

        vm.expectEmit(address(vault));
        emit Controls.Paused();
        pause();
        equal(vault.pausedAt(), block.timestamp, "since now");
    }

    function test_a_pause_is_not_renewed() external {
        pause();

        vm.prank(GUARDIAN);
        vm.expectRevert(Controls.IsPaused.selector);
        vault.pause();
    }

    function test_the_guardian_alone_cancels() external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        propose(operation);

        vm.expectRevert(Controls.NotGuardian.selector);
        vault.cancel(0);
        vm.expectEmit(address(vault));
        emit Controls.Cancelled(0);
        vm.prank(GUARDIAN);
        vault.cancel(0);

        vm.warp(block.timestamp + 30 days);
        vm.expectRevert(Controls.NotProposed.selector);
        vault.execute(operation);
    }

    function test_the_guardian_cannot_keep_itself() external {
        Operation memory operation = order(OperationKind.SetGuardian, bob, 0, 0);
        propose(operation);

        vm.prank(GUARDIAN);
        vm.expectRevert(Controls.NotCancellable.selector);
        vault.cancel(0);
        vm.warp(block.timestamp + 7 days);
        vm.expectEmit(address(vault));
        emit Controls.GuardianSet(bob);
        vault.execute(operation);

        vm.prank(GUARDIAN);
        vm.expectRevert(Controls.NotGuardian.selector);
        vault.pause();
        vm.prank(bob);
        vault.pause();
    }

    function test_what_is_not_proposed_cannot_be_cancelled() external {
        vm.prank(GUARDIAN);
        vm.expectRevert(Controls.NotProposed.selector);
        vault.cancel(0);
    }

    // Proposals

    function test_only_the_group_proposes() external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        Signature memory signature = signOperation(NEXT_GROUP, operation);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.propose(operation, signature, none);
    }

    function testFuzz_a_proposal_is_what_was_signed(uint256 field, uint256 change) external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        Signature memory signature = signOperation(GROUP, operation);
        change = 1 + change % type(uint48).max;
        field %= 5;
        if (field == 0) operation.kind = OperationKind.SetGuardian;
        if (field == 1) operation.target = address(uint160(change));
        if (field == 2) operation.value ^= change;
        if (field == 3) operation.window ^= uint48(change);
        if (field == 4) operation.number ^= uint48(change);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.propose(operation, signature, none);
    }

    function test_a_proposal_is_made_once_and_in_order() external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        Signature memory signature = signOperation(GROUP, operation);
        vm.expectEmit(address(vault));
        emit Controls.Proposed(0, operation, block.timestamp + 1 days);
        vault.propose(operation, signature, none);

        vm.expectRevert(Controls.BadOperation.selector);
        vault.propose(operation, signature, none);
        Operation memory later = Operation(OperationKind.SetLimit, NATIVE, 1, 1, 2);
        Signature memory laterSignature = signOperation(GROUP, later);
        vm.expectRevert(Controls.BadOperation.selector);
        vault.propose(later, laterSignature, none);
    }

    function test_a_proposal_shows_that_the_group_is_there() external {
        vm.warp(block.timestamp + 5 days);
        propose(order(OperationKind.SetLimit, NATIVE, 1, 1));

        equal(vault.heardAt(), block.timestamp, "heard");
    }

    // Execution

    function test_each_kind_waits_its_time_and_no_longer_than_it_lives() external {
        pause();
        uint256 fresh = vm.snapshotState();
        uint256 start = block.timestamp + 1;
        for (uint256 i; i < 5; ++i) {
            vm.revertToState(fresh);
            vm.warp(start);
            (Operation memory operation, uint256 delay) = one(i);
            Signature memory possession = signPossession(NEXT_GROUP, vault.groupKey());
            vault.propose(operation, signOperation(GROUP, operation), possession);

            vm.warp(start + delay - 1);
            vm.expectRevert(Controls.NotReady.selector);
            vault.execute(operation);
            vm.warp(start + delay + 14 days + 1);
            vm.expectRevert(Controls.Expired.selector);
            vault.execute(operation);

            vm.warp(start + delay + (i % 2 == 0 ? 0 : 14 days));
            vm.expectEmit(address(vault));
            emit Controls.Executed(0);
            vault.execute(operation);
        }
    }

    function test_an_operation_is_executed_once() external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 5, 5);
        propose(operation);
        vm.warp(block.timestamp + 1 days);
        vault.execute(operation);

        vm.expectRevert(Controls.NotProposed.selector);
        vault.execute(operation);
    }

    function testFuzz_nothing_but_what_was_proposed_is_executed(uint256 field, uint256 change) external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        propose(operation);
        vm.warp(block.timestamp + 8 days);
        change = 1 + change % type(uint48).max;
        field %= 5;
        if (field == 0) operation.kind = OperationKind.SetGuardian;
        if (field == 1) operation.target = address(uint160(change));
        if (field == 2) operation.value ^= change;
        if (field == 3) operation.window ^= uint48(change);
        if (field == 4) operation.number ^= uint48(change);

        vm.expectRevert(Controls.NotProposed.selector);
        vault.execute(operation);
    }

    // Opening again

    function test_a_pause_ends_a_day_after_the_group_says_so() external {
        pause();
        vm.warp(block.timestamp + 1);
        Operation memory operation = order(OperationKind.Unpause, NATIVE, 0, 0);
        propose(operation);
        vm.warp(block.timestamp + 1 days);

        vm.expectEmit(address(vault));
        emit Controls.Unpaused();
        vault.execute(operation);
        vault.depositNative{value: 1}(destination());
    }

    function test_an_open_vault_is_not_to_be_opened() external {
        Operation memory operation = order(OperationKind.Unpause, NATIVE, 0, 0);
        Signature memory signature = signOperation(GROUP, operation);

        vm.expectRevert(Controls.NotPaused.selector);
        vault.propose(operation, signature, none);
    }

    function test_an_unpause_that_lay_ready_opens_nothing() external {
        pause();
        vm.warp(block.timestamp + 1);
        Operation memory first = order(OperationKind.Unpause, NATIVE, 0, 0);
        propose(first);
        Operation memory second = order(OperationKind.Unpause, NATIVE, 0, 0);
        propose(second);
        vm.warp(block.timestamp + 2 days);
        vault.execute(first);

        vm.expectRevert(Controls.NotPaused.selector);
        vault.execute(second);
        pause();
        vm.expectRevert(Controls.NotReady.selector);
        vault.execute(second);
    }

    function test_an_unpause_of_the_second_of_the_pause_does_not_count() external {
        pause();
        Operation memory operation = order(OperationKind.Unpause, NATIVE, 0, 0);
        propose(operation);
        vm.warp(block.timestamp + 2 days);

        vm.expectRevert(Controls.NotReady.selector);
        vault.execute(operation);
    }

    // Guardians

    function test_nobody_the_council_and_the_guardian_itself_are_no_next_guardian() external {
        address[3] memory guardians = [address(0), COUNCIL, GUARDIAN];
        for (uint256 i; i < 3; ++i) {
            Operation memory operation = order(OperationKind.SetGuardian, guardians[i], 0, 0);
            Signature memory signature = signOperation(GROUP, operation);
            vm.expectRevert(Controls.BadGuardian.selector);
            vault.propose(operation, signature, none);
        }
    }

    function one(uint256 kind) private returns (Operation memory operation, uint256 delay) {
        if (kind == 0) return (order(OperationKind.SetKey, NATIVE, Signer.keyOf(NEXT_GROUP), 0), 1 days);
        if (kind == 1) return (order(OperationKind.Unpause, NATIVE, 0, 0), 1 days);
        if (kind == 2) return (order(OperationKind.SetLimit, NATIVE, 1, 1), 1 days);
        if (kind == 3) return (order(OperationKind.SetGuardian, bob, 0, 0), 7 days);
        uint256 successor = uint160(address(newVault(address(token))));
        return (order(OperationKind.Migrate, NATIVE, successor, 0), 7 days);
    }
}
