// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls, Operation, OperationKind} from "../src/Controls.sol";
import {Release} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

/// The council, for when the key is lost.
contract CouncilTest is Fixture {
    bytes32[] private noProof;
    uint256 private newKey;
    Signature private possession;

    function setUp() public override {
        super.setUp();
        newKey = Signer.keyOf(NEXT_GROUP);
        possession = signPossession(NEXT_GROUP, vault.groupKey());
    }

    function test_a_lost_key_is_replaced_after_the_silence() external {
        pause();
        vm.warp(block.timestamp + 14 days + 1);

        vm.expectEmit(address(vault));
        emit Controls.Recovered(newKey);
        recover();

        equal(vault.groupKey(), newKey, "replaced");
        equal(vault.heardAt(), block.timestamp, "heard");
    }

    function test_a_recovered_vault_stays_paused_until_the_new_group_has_it_opened() external {
        pause();
        vm.warp(block.timestamp + 14 days + 1);
        recover();
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        Signature memory signature = Signer.sign(NEXT_GROUP, typed(approval(leaf(item))));
        vm.expectRevert(Controls.IsPaused.selector);
        vault.release(item, noProof, signature);

        Operation memory operation = order(OperationKind.Unpause, NATIVE, 0, 0);
        Signature memory none;
        vault.propose(operation, signOperation(NEXT_GROUP, operation), none);
        vm.warp(block.timestamp + 1 days);
        vault.execute(operation);
        vault.release(item, noProof, signature);

        equal(bob.balance, 1 ether, "paid");
    }

    function test_nobody_else_replaces_a_key() external {
        pause();
        vm.warp(block.timestamp + 14 days + 1);

        vm.prank(GUARDIAN);
        vm.expectRevert(Controls.NotCouncil.selector);
        vault.recover(newKey, possession);
    }

    function test_the_key_of_an_open_vault_is_not_replaced() external {
        vm.warp(block.timestamp + 100 days);

        vm.expectRevert(Controls.NotPaused.selector);
        recover();
    }

    /// A group whose vault was quiet for long is told by the pause, and has all of the silence to answer.
    function test_the_silence_begins_with_the_pause() external {
        vm.warp(block.timestamp + 100 days);
        pause();

        vm.warp(block.timestamp + 14 days);
        vm.expectRevert(Controls.NotSilent.selector);
        recover();
        vm.warp(block.timestamp + 1);
        recover();
    }

    function test_whatever_the_group_proposes_ends_the_silence() external {
        pause();
        vm.warp(block.timestamp + 13 days);
        propose(order(OperationKind.SetLimit, NATIVE, 1, 1));

        vm.warp(block.timestamp + 14 days);
        vm.expectRevert(Controls.NotSilent.selector);
        recover();
        vm.warp(block.timestamp + 1);
        recover();
    }

    function test_a_cancelled_proposal_was_heard_all_the_same() external {
        pause();
        vm.warp(block.timestamp + 13 days);
        propose(order(OperationKind.SetLimit, NATIVE, 1, 1));
        vm.prank(GUARDIAN);
        vault.cancel(0);
        vm.warp(block.timestamp + 2 days);

        vm.expectRevert(Controls.NotSilent.selector);
        recover();
    }

    function test_the_silence_is_waited_for_again_after_a_recovery() external {
        pause();
        vm.warp(block.timestamp + 14 days + 1);
        recover();
        Signature memory back = signPossession(GROUP, newKey);
        uint256 oldKey = Signer.keyOf(GROUP);

        vm.prank(COUNCIL);
        vm.expectRevert(Controls.NotSilent.selector);
        vault.recover(oldKey, back);
    }

    function test_what_the_lost_key_had_proposed_is_void() external {
        pause();
        Operation memory operation = order(OperationKind.SetGuardian, bob, 0, 0);
        propose(operation);
        vm.warp(block.timestamp + 14 days + 1);
        recover();

        vm.expectRevert(Controls.NotProposed.selector);
        vault.execute(operation);
    }

    function test_a_key_that_nobody_has_is_not_set_by_the_council_either() external {
        pause();
        vm.warp(block.timestamp + 14 days + 1);
        possession = signPossession(NEXT_GROUP, 1);
        vm.expectRevert(Controls.BadSignature.selector);
        recover();

        newKey = 5;
        vm.expectRevert(Controls.BadKey.selector);
        recover();
    }

    function recover() private {
        vm.prank(COUNCIL);
        vault.recover(newKey, possession);
    }
}
