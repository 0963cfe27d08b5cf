// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls, Operation, OperationKind} from "../src/Controls.sol";
import {Limits} from "../src/Limits.sol";
import {Release} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Vault} from "../src/Vault.sol";
import {Forcer} from "./Deposits.t.sol";
import {Fixture} from "./Fixture.sol";
import {FalseToken} from "./Tokens.sol";

contract MigrationTest is Fixture {
    bytes32[] private noProof;
    Vault private successor;

    function setUp() public override {
        super.setUp();
        successor = newVault(address(token));
    }

    function test_case70_all_coins_go_to_the_successor_forced_ones_too() external {
        new Forcer{value: 3 ether}(payable(address(vault)));
        Operation memory operation = ready(NATIVE);

        vm.expectEmit(address(vault));
        emit Controls.Migrated(NATIVE, address(successor), 5_003 ether);
        vm.expectEmit(address(successor));
        emit Controls.Funded(address(vault), 5_003 ether);
        vault.execute(operation);

        equal(address(successor).balance, 5_003 ether, "all");
        equal(successor.depositCount(), 0, "nobody's deposit");
    }

    function test_all_of_a_token_goes_to_the_successor() external {
        Operation memory operation = ready(address(token));

        vm.expectEmit(address(vault));
        emit Controls.Migrated(address(token), address(successor), 5_000 ether);
        vault.execute(operation);

        equal(token.balanceOf(address(successor)), 5_000 ether, "all");
        equal(token.balanceOf(address(vault)), 0, "nothing is left");
    }

    function test_a_token_that_has_moved_is_closed_and_the_others_are_not() external {
        vault.execute(ready(NATIVE));
        vault.fund{value: 10 ether}();
        Release memory item = burn(NATIVE, bob, 1, 1);
        Signature memory signature = signOne(item);

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, 1));
        vault.release(item, noProof, signature);
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, 1));
        vault.depositNative{value: 1}(destination());
        release(burn(address(token), bob, 1, 1));
    }

    function test_money_moves_only_to_a_contract_that_takes_it_over() external {
        uint256[4] memory bad =
            [0, uint160(bob), uint160(address(vault)), uint256(uint160(address(successor))) + (1 << 160)];
        for (uint256 i; i < 4; ++i) {
            Operation memory operation = order(OperationKind.Migrate, NATIVE, bad[i], 0);
            Signature memory signature = signOperation(GROUP, operation);
            Signature memory none;
            vm.expectRevert(Controls.BadSuccessor.selector);
            vault.propose(operation, signature, none);
        }
    }

    function test_a_contract_without_a_door_gets_nothing() external {
        Operation memory operation = order(OperationKind.Migrate, NATIVE, uint160(address(token)), 0);
        propose(operation);
        vm.warp(block.timestamp + 7 days);

        vm.expectRevert();
        vault.execute(operation);
        equal(address(vault).balance, 5_000 ether, "still here");
    }

    function test_a_token_that_refuses_to_move_stays_open() external {
        FalseToken lying = new FalseToken();
        vault = newVault(address(lying));
        fill(address(lying));
        lying.refuse(true);
        Operation memory operation = order(OperationKind.Migrate, address(lying), uint160(address(successor)), 0);
        propose(operation);
        vm.warp(block.timestamp + 7 days);

        vm.expectRevert();
        vault.execute(operation);
        lying.refuse(false);
        vault.execute(operation);
        equal(lying.balanceOf(address(successor)), 5_000 ether, "once it does");
    }

    function ready(address of_) private returns (Operation memory operation) {
        operation = order(OperationKind.Migrate, of_, uint160(address(successor)), 0);
        propose(operation);
        vm.warp(block.timestamp + 7 days);
    }
}
