// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Operation, OperationKind} from "../src/Controls.sol";
import {Limits} from "../src/Limits.sol";
import {Release, ReleaseKind} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";

contract LimitsTest is Fixture {
    bytes32[] private noProof;
    uint256 private next = 1;

    function test_no_more_than_the_capacity_leaves_at_once() external {
        pay(CAPACITY - 1);
        refuse(2);
        pay(1);
        refuse(1);

        equal(available(), 0, "empty");
    }

    function test_more_than_the_capacity_never_leaves_in_one_piece() external {
        vm.warp(block.timestamp + 365 days);
        refuse(CAPACITY + 1);
    }

    function testFuzz_what_has_left_comes_back_evenly(uint256 paid, uint256 elapsed) external {
        paid = 1 + paid % CAPACITY;
        elapsed %= 2 * WINDOW;
        pay(paid);
        vm.warp(block.timestamp + elapsed);

        uint256 refilled = elapsed * CAPACITY / WINDOW;
        equal(available(), refilled >= paid ? CAPACITY : CAPACITY - (paid - refilled), "refilled");
    }

    function test_each_token_has_its_own() external {
        pay(CAPACITY);

        release(burn(address(token), bob, CAPACITY, 1));
    }

    function test_refunds_count_as_all_that_leaves() external {
        pay(CAPACITY / 2);
        uint64 id = vault.depositNative{value: CAPACITY}(destination());
        Release memory item = burn(NATIVE, alice, CAPACITY, id);
        item.kind = ReleaseKind.Refund;
        Signature memory signature = signOne(item);

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, CAPACITY));
        vault.release(item, noProof, signature);
    }

    /// Else a greater limit would hand out at once what it would have let refill since the last payment.
    function test_a_new_limit_does_not_reach_back() external {
        pay(CAPACITY);
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 10 * uint256(CAPACITY), 10 * WINDOW);
        propose(operation);
        vm.warp(block.timestamp + WINDOW / 2);
        equal(available(), CAPACITY / 2, "half");
        vm.warp(block.timestamp + WINDOW / 2);
        pay(CAPACITY / 2);
        equal(available(), CAPACITY / 2, "half again");
        vm.warp(block.timestamp + WINDOW / 4);

        vm.expectEmit(address(vault));
        emit Limits.LimitSet(NATIVE, 10 * uint256(CAPACITY), 10 * WINDOW);
        vault.execute(operation);

        // A quarter was missing; that is what is missing still.
        equal(available(), 10 * uint256(CAPACITY) - CAPACITY / 4, "as much as before is out");
    }

    function test_a_greater_rate_does_not_reach_back() external {
        pay(CAPACITY);
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, CAPACITY, 1 hours);
        propose(operation);
        vm.warp(block.timestamp + 1 days);
        pay(CAPACITY);
        vm.warp(block.timestamp + 1 hours);
        vault.execute(operation);

        equal(available(), CAPACITY * uint256(1 hours) / WINDOW, "what refilled at the old rate");
    }

    function test_a_limit_of_zero_closes_a_token_both_ways() external {
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 0, 0);
        propose(operation);
        vm.warp(block.timestamp + 1 days);
        vault.execute(operation);

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, 1));
        vault.depositNative{value: 1}(destination());
        refuse(1);
    }

    /// Deposits of coins go by a rounded copy of the capacity; nobody may notice.
    function testFuzz_coins_come_in_up_to_the_capacity_and_no_further(uint208 before, uint208 capacity) external {
        before = 1 + before % type(uint96).max;
        capacity = 1 + capacity % type(uint112).max;
        limit(NATIVE, before);
        limit(NATIVE, capacity);
        limit(address(token), type(uint208).max);
        vm.deal(address(this), 2 * uint256(capacity) + 1);

        vault.depositNative{value: capacity}(destination());
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, uint256(capacity) + 1));
        vault.depositNative{value: uint256(capacity) + 1}(destination());
    }

    function limit(address of_, uint256 capacity) private {
        Operation memory operation = order(OperationKind.SetLimit, of_, capacity, WINDOW);
        propose(operation);
        vm.warp(block.timestamp + 1 days);
        vault.execute(operation);
    }

    function test_what_is_no_limit_is_not_proposed() external {
        expectBad(order(OperationKind.SetLimit, NATIVE, uint256(type(uint208).max) + 1, 1));
        expectBad(order(OperationKind.SetLimit, NATIVE, 1, 0));
    }

    function expectBad(Operation memory operation) private {
        Signature memory signature = signOperation(GROUP, operation);
        Signature memory none;
        vm.expectRevert(Limits.BadLimit.selector);
        vault.propose(operation, signature, none);
    }

    function pay(uint256 amount) private {
        release(burn(NATIVE, bob, amount, next++));
    }

    function refuse(uint256 amount) private {
        Release memory item = burn(NATIVE, bob, amount, next);
        Signature memory signature = signOne(item);
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, amount));
        vault.release(item, noProof, signature);
    }

    function available() private view returns (uint256 amount) {
        (, amount,) = vault.limitOf(NATIVE);
    }
}
