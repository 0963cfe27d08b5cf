// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls} from "../src/Controls.sol";
import {Deposits} from "../src/Deposits.sol";
import {Limit, Limits} from "../src/Limits.sol";
import {Release, ReleaseKind, Releases} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Vault} from "../src/Vault.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";
import {BlacklistToken, FalseToken, RevertingToken, SilentToken, Token} from "./Tokens.sol";

/// A recipient of coins that misbehaves, until it is told to behave.
contract Recipient {
    enum Manner {
        Reverts,
        BurnsGas,
        ReturnsMuch,
        Reenters,
        Behaves
    }

    Manner public manner;
    Vault private immutable vault;
    bytes private again;

    constructor(Manner manner_, Vault vault_) {
        manner = manner_;
        vault = vault_;
    }

    function behave() external {
        manner = Manner.Behaves;
    }

    function repeat(bytes calldata call_) external {
        again = call_;
    }

    receive() external payable {
        if (manner == Manner.Behaves) return;
        if (manner == Manner.BurnsGas) while (true) {}
        if (manner == Manner.ReturnsMuch) {
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
        if (manner == Manner.Reenters) {
            (bool done,) = address(vault).call(again);
            require(done);
            return;
        }
        revert("no");
    }
}

contract BatchTest is Fixture {
    bytes32[] private noProof;
    BlacklistToken private blacklist;
    RevertingToken private reverting;
    FalseToken private lying;
    SilentToken private silent;
    Recipient[] private bad;

    function setUp() public override {
        super.setUp();
        blacklist = new BlacklistToken();
        reverting = new RevertingToken();
        lying = new FalseToken();
        silent = new SilentToken();
        address[5] memory listed =
            [address(token), address(blacklist), address(reverting), address(lying), address(silent)];
        Limit[] memory limits = new Limit[](6);
        limits[5] = Limit(NATIVE, CAPACITY, WINDOW);
        for (uint256 i; i < 5; ++i) limits[i] = Limit(listed[i], CAPACITY, WINDOW);
        vault = new Vault(Signer.keyOf(GROUP), GUARDIAN, COUNCIL, limits);
        for (uint256 i; i < 5; ++i) fill(listed[i]);
        for (uint256 i; i < 3; ++i) bad.push(new Recipient(Recipient.Manner(i), vault));
    }

    function test_a_batch_pays_all_of_its_tree() external {
        Release[] memory items = good(37);
        Signature memory signature = signRoot(rootOf(items));

        equal(vault.releaseBatch(items, signature), 37, "all");

        for (uint256 i; i < 37; ++i) equal(token.balanceOf(items[i].to), 1 ether + i, "paid");
    }

    function test_case75_what_cannot_be_paid_is_skipped_and_stays_as_good_as_before() external {
        Release[] memory items = mixed();
        Signature memory signature = signRoot(rootOf(items));
        blacklist.list(bob, true);
        reverting.stop(true);
        lying.refuse(true);

        equal(vault.releaseBatch(items, signature), 3, "the good ones");
        for (uint256 i; i < items.length; ++i) {
            claim(isUsed(items[i]) == (i % 2 == 0 && i < 6), "used exactly when paid");
        }
        equal(lying.balanceOf(bob), 0, "half a payment is none");

        blacklist.list(bob, false);
        reverting.stop(false);
        lying.refuse(false);
        for (uint256 i; i < 3; ++i) bad[i].behave();
        equal(vault.releaseBatch(items, signature), items.length - 3, "the others, under the same signature");
        equal(vault.releaseBatch(items, signature), 0, "nothing twice");
        equal(blacklist.balanceOf(bob) + reverting.balanceOf(bob) + lying.balanceOf(bob), 3 ether, "bob");
    }

    function test_a_skipped_release_says_why() external {
        Release[] memory items = good(4);
        items[0].amount = CAPACITY + 1;
        items[1].amount = 0;
        items[2].to = address(0);
        items[3].kind = ReleaseKind.Refund;
        bytes4[4] memory reasons = [
            Limits.LimitExceeded.selector,
            Releases.NothingToRelease.selector,
            Deposits.BadRecipient.selector,
            Releases.NoSuchDeposit.selector
        ];
        Signature memory signature = signRoot(rootOf(items));

        for (uint256 i; i < 4; ++i) {
            vm.expectEmit(address(vault));
            emit Releases.Skipped(items[i].kind, items[i].token, items[i].number, reasons[i]);
        }
        equal(vault.releaseBatch(items, signature), 0, "none");
    }

    function test_case67_a_frozen_vault_pays_nothing_and_uses_nothing_up() external {
        Release[] memory items = new Release[](1);
        items[0] = burn(address(blacklist), bob, 1 ether, 1);
        Signature memory signature = signRoot(rootOf(items));
        blacklist.list(address(vault), true);

        vm.expectEmit(address(vault));
        emit Releases.Skipped(ReleaseKind.Burn, address(blacklist), 1, Releases.PaymentFailed.selector);
        equal(vault.releaseBatch(items, signature), 0, "skipped");
        vm.expectRevert(Releases.PaymentFailed.selector);
        vault.release(items[0], noProof, signature);

        blacklist.list(address(vault), false);
        vault.release(items[0], noProof, signature);
        equal(blacklist.balanceOf(bob), 1 ether, "paid when it can be");
    }

    function test_a_payment_that_failed_leaves_the_limit_as_it_was() external {
        reverting.stop(true);
        Release[] memory items = new Release[](1);
        items[0] = burn(address(reverting), bob, 5 ether, 1);
        vault.releaseBatch(items, signRoot(rootOf(items)));

        (, uint256 available,) = vault.limitOf(address(reverting));
        equal(available, CAPACITY, "untouched");
    }

    function test_case68_a_token_without_an_answer_is_paid() external {
        release(burn(address(silent), bob, 1 ether, 1));

        equal(silent.balanceOf(bob), 1 ether, "paid");
    }

    function test_case68_a_token_that_answers_false_is_not_paid() external {
        lying.refuse(true);
        Release memory item = burn(address(lying), bob, 1 ether, 1);
        Signature memory signature = signOne(item);

        vm.expectRevert(Releases.PaymentFailed.selector);
        vault.release(item, noProof, signature);
    }

    function test_a_token_without_code_is_not_paid() external {
        Release[] memory items = good(2);
        Signature memory signature = signRoot(rootOf(items));
        vm.etch(address(token), "");

        equal(vault.releaseBatch(items, signature), 0, "none");
        claim(!isUsed(items[0]) && !isUsed(items[1]), "none is used");
    }

    function test_what_is_twice_in_a_batch_is_paid_once() external {
        Release[] memory items = good(3);
        items[2] = items[0];

        equal(vault.releaseBatch(items, signRoot(rootOf(items))), 2, "two");
    }

    function test_what_is_over_the_limit_waits_until_it_has_refilled() external {
        Release[] memory items = good(3);
        for (uint256 i; i < 3; ++i) items[i].amount = CAPACITY / 2;
        Signature memory signature = signRoot(rootOf(items));

        equal(vault.releaseBatch(items, signature), 2, "two are all");
        vm.warp(block.timestamp + WINDOW / 2 - 1);
        equal(vault.releaseBatch(items, signature), 0, "not yet");
        vm.warp(block.timestamp + 1);
        equal(vault.releaseBatch(items, signature), 1, "the third");
    }

    function test_a_part_or_another_order_of_a_tree_is_not_approved() external {
        Release[] memory items = good(6);
        Signature memory signature = signRoot(rootOf(items));
        Release[] memory part = good(5);
        Release[] memory turned = good(6);
        (turned[1], turned[2]) = (turned[2], turned[1]);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.releaseBatch(part, signature);
        vm.expectRevert(Controls.BadSignature.selector);
        vault.releaseBatch(turned, signature);
    }

    function test_an_empty_batch_is_refused() external {
        Signature memory signature = signRoot(0);

        vm.expectRevert(Releases.NothingToRelease.selector);
        vault.releaseBatch(new Release[](0), signature);
    }

    function test_nobody_but_the_vault_pays_without_a_signature() external {
        vm.expectRevert(Releases.NotSelf.selector);
        vault.releaseItem(burn(NATIVE, bob, 1 ether, 1));
    }

    function test_a_paused_vault_pays_nothing() external {
        Release[] memory items = good(1);
        Signature memory signature = signRoot(rootOf(items));
        pause();

        vm.expectRevert(Controls.IsPaused.selector);
        vault.release(items[0], noProof, signature);
        vm.expectRevert(Controls.IsPaused.selector);
        vault.releaseBatch(items, signature);
    }

    function test_a_recipient_that_hands_in_another_release_is_not_paid() external {
        Recipient recipient = new Recipient(Recipient.Manner.Reenters, vault);
        Release[] memory items = new Release[](2);
        items[0] = burn(NATIVE, address(recipient), 1 ether, 1);
        items[1] = burn(NATIVE, bob, 1 ether, 2);
        Signature memory signature = signRoot(rootOf(items));
        recipient.repeat(abi.encodeCall(vault.release, (items[1], proofOf(items, 1), signature)));

        equal(vault.releaseBatch(items, signature), 1, "bob alone");
        claim(!isUsed(items[0]), "not used");
        vm.expectRevert(Releases.PaymentFailed.selector);
        vault.release(items[0], proofOf(items, 0), signature);
        recipient.repeat(abi.encodeCall(vault.releaseBatch, (items, signature)));
        vm.expectRevert(Releases.PaymentFailed.selector);
        vault.release(items[0], proofOf(items, 0), signature);
    }

    /// Whoever hands a batch in chooses its gas; all he can choose is all or nothing.
    function testFuzz_no_gas_makes_an_item_be_skipped_that_can_be_paid(uint256 gas_) external {
        Release[] memory items = good(5);
        items[1] = burn(NATIVE, address(bad[1]), 1 ether, 1000);
        Signature memory signature = signRoot(rootOf(items));
        gas_ = 20_000 + gas_ % 1_000_000;

        (bool done,) = address(vault).call{gas: gas_}(abi.encodeCall(vault.releaseBatch, (items, signature)));

        for (uint256 i; i < 5; ++i) claim(isUsed(items[i]) == (done && i != 1), "all or nothing");
    }

    function test_a_batch_with_too_little_gas_is_refused_whole() external {
        Release[] memory items = good(2);
        bytes memory call_ = abi.encodeCall(vault.releaseBatch, (items, signRoot(rootOf(items))));

        (bool done, bytes memory answer) = address(vault).call{gas: 170_000}(call_);

        claim(!done && bytes4(answer) == Releases.GasTooLow.selector, "refused");
    }

    function test_a_release_alone_may_take_all_the_gas_it_wants() external {
        Release memory item = burn(NATIVE, address(new Hungry()), 1 ether, 1);
        Release[] memory items = new Release[](1);
        items[0] = item;
        Signature memory signature = signOne(item);

        equal(vault.releaseBatch(items, signature), 0, "too hungry for a batch");
        vault.release(item, noProof, signature);
        equal(item.to.balance, 1 ether, "paid");
    }

    function good(uint256 count) private view returns (Release[] memory items) {
        items = new Release[](count);
        for (uint256 i; i < count; ++i) {
            items[i] = burn(address(token), address(uint160(0xF000 + i)), 1 ether + i, i + 1);
        }
    }

    /// Good ones at 0, 2 and 4; one of every bad kind elsewhere.
    function mixed() private view returns (Release[] memory items) {
        items = good(9);
        items[1] = burn(address(blacklist), bob, 1 ether, 1);
        items[3] = burn(address(reverting), bob, 1 ether, 1);
        items[5] = burn(address(lying), bob, 1 ether, 1);
        for (uint256 i; i < 3; ++i) items[6 + i] = burn(NATIVE, address(bad[i]), 1 ether, 10 + i);
    }

    function isUsed(Release memory item) private view returns (bool) {
        return vault.isReleased(item.kind, item.token, item.number);
    }
}

/// A recipient that needs more gas than a batch gives.
contract Hungry {
    uint256[] private stored;

    receive() external payable {
        for (uint256 i; i < 10; ++i) stored.push(1);
    }
}
