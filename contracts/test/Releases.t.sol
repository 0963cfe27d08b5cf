// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Release, ReleaseKind, Releases} from "../src/Releases.sol";
import {Limits} from "../src/Limits.sol";
import {Controls} from "../src/Controls.sol";
import {Signature} from "../src/Schnorr.sol";
import {Deposits} from "../src/Deposits.sol";
import {Vault} from "../src/Vault.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

contract ReleasesTest is Fixture {
    bytes32[] private noProof;

    function test_a_release_pays_what_was_signed_and_says_so() external {
        Release memory item = burn(address(token), bob, 5 ether, 1);
        Signature memory signature = signOne(item);

        vm.expectEmit(address(vault));
        emit Releases.Released(item.kind, item.token, item.number, item.to, item.amount, item.id);
        vault.release(item, noProof, signature);

        equal(token.balanceOf(bob), 5 ether, "bob has it");
        claim(vault.isReleased(ReleaseKind.Burn, address(token), 1), "the number is used");
    }

    function test_a_release_of_coins_pays_coins() external {
        release(burn(NATIVE, bob, 3 ether, 1));

        equal(bob.balance, 3 ether, "bob has it");
    }

    function test_a_release_pays_once() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 9);
        Signature memory signature = signOne(item);
        vault.release(item, noProof, signature);

        vm.expectRevert(Releases.AlreadyReleased.selector);
        vault.release(item, noProof, signature);
    }

    function test_case79_another_signature_over_the_same_release_pays_nothing_more() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 9);
        release(item);
        bytes32 digest = typed(approval(leaf(item)));
        Signature memory other = Signer.signWith(GROUP, 12345, digest);

        vm.expectRevert(Releases.AlreadyReleased.selector);
        vault.release(item, noProof, other);
    }

    function test_another_release_under_a_used_number_is_refused() external {
        release(burn(NATIVE, bob, 1 ether, 9));
        Release memory other = burn(NATIVE, alice, 2 ether, 9);
        Signature memory signature = signOne(other);

        vm.expectRevert(Releases.AlreadyReleased.selector);
        vault.release(other, noProof, signature);
    }

    function test_numbers_of_burns_are_counted_token_by_token() external {
        release(burn(NATIVE, bob, 1 ether, 1));
        release(burn(address(token), bob, 1 ether, 1));

        claim(vault.isReleased(ReleaseKind.Burn, NATIVE, 1), "of coins");
        claim(vault.isReleased(ReleaseKind.Burn, address(token), 1), "of the token");
        claim(!vault.isReleased(ReleaseKind.Burn, address(token), 2), "no other");
        claim(!vault.isReleased(ReleaseKind.Refund, NATIVE, 1), "of no other kind");
    }

    function testFuzz_a_change_of_any_field_voids_the_signature(uint256 salt, uint256 field) external {
        Release memory item = burn(address(token), bob, 5 ether, 1);
        Signature memory signature = signOne(item);
        uint256 changed = uint256(keccak256(abi.encode(salt)));
        field %= 6;
        if (field == 0) item.kind = ReleaseKind(1 + changed % 2);
        if (field == 1) item.token = changed % 2 == 0 ? NATIVE : address(uint160(changed));
        if (field == 2) item.to = address(uint160(changed));
        if (field == 3) item.amount = changed % 5 ether;
        if (field == 4) item.number = changed;
        if (field == 5) item.id = bytes32(changed);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, signature);
    }

    function testFuzz_what_the_group_has_not_signed_is_refused(uint256 rx, uint256 ry, uint256 s) external {
        Release memory item = burn(address(token), bob, 5 ether, 1);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, Signature(rx, ry, s));
    }

    function test_case48_an_approval_for_another_chain_is_refused() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        bytes32 digest = typedFor(address(vault), block.chainid + 1, approval(leaf(item)));
        Signature memory signature = Signer.sign(GROUP, digest);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, signature);
    }

    function test_case48_approvals_follow_the_chain_id_when_a_chain_splits() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        Signature memory signature = signOne(item);
        vm.chainId(block.chainid + 1);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, signature);
    }

    function test_an_approval_for_another_vault_is_refused() external {
        Vault other = newVault(address(token));
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        bytes32 digest = typedFor(address(other), block.chainid, approval(leaf(item)));
        Signature memory signature = Signer.sign(GROUP, digest);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, signature);
    }

    function test_a_leaf_that_is_signed_as_it_is_approves_nothing() external {
        Release memory item = burn(NATIVE, bob, 1 ether, 1);
        Signature memory signature = Signer.sign(GROUP, typed(leaf(item)));

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(item, noProof, signature);
    }

    // Proofs

    function testFuzz_anybody_claims_any_release_of_a_signed_tree(uint256 count, uint256 index, address anybody)
        external
    {
        count = 1 + count % 40;
        index %= count;
        Release[] memory items = someBurns(count);
        Signature memory signature = signRoot(rootOf(items));

        vm.prank(anybody);
        vault.release(items[index], proofOf(items, index), signature);

        equal(token.balanceOf(items[index].to), items[index].amount, "paid");
    }

    function test_the_proof_of_another_release_is_refused() external {
        Release[] memory items = someBurns(8);
        Signature memory signature = signRoot(rootOf(items));
        bytes32[] memory proof = proofOf(items, 4);

        vm.expectRevert(Controls.BadSignature.selector);
        vault.release(items[3], proof, signature);
    }

    function test_a_release_paid_by_proof_is_not_paid_again_alone_or_in_a_batch() external {
        Release[] memory items = someBurns(4);
        Signature memory signature = signRoot(rootOf(items));
        vault.release(items[2], proofOf(items, 2), signature);

        equal(vault.releaseBatch(items, signature), 3, "the other three");
        Signature memory alone = signOne(items[1]);
        vm.expectRevert(Releases.AlreadyReleased.selector);
        vault.release(items[1], noProof, alone);

        for (uint256 i; i < 4; ++i) equal(token.balanceOf(items[i].to), items[i].amount, "once");
    }

    // What is not paid

    function test_a_payment_of_nothing_is_refused() external {
        expectRefusal(burn(address(token), bob, 0, 1), Releases.NothingToRelease.selector);
    }

    function test_a_payment_to_nobody_or_to_the_vault_is_refused() external {
        expectRefusal(burn(NATIVE, address(0), 1, 1), Deposits.BadRecipient.selector);
        expectRefusal(burn(address(token), address(vault), 1, 1), Deposits.BadRecipient.selector);
    }

    function test_a_token_that_is_not_listed_cannot_be_released() external {
        Release memory item = burn(address(0x1234), bob, 1, 1);
        Signature memory signature = signOne(item);

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, address(0x1234), 1));
        vault.release(item, noProof, signature);
    }

    // Refunds

    function test_a_refund_is_bound_to_its_deposit() external {
        uint64 id = vault.depositNative{value: 2 ether}(destination());
        Release memory item = Release(ReleaseKind.Refund, NATIVE, alice, 2 ether, id, bytes32(0));
        release(item);

        equal(alice.balance, 2 ether, "it went back");
        item.token = address(token);
        expectRefusal(item, Releases.AlreadyReleased.selector);
    }

    function test_a_refund_of_no_deposit_is_refused() external {
        vault.depositNative{value: 2 ether}(destination());

        expectRefusal(Release(ReleaseKind.Refund, NATIVE, alice, 1, 0, 0), Releases.NoSuchDeposit.selector);
        expectRefusal(Release(ReleaseKind.Refund, NATIVE, alice, 1, 2, 0), Releases.NoSuchDeposit.selector);
    }

    function test_case69_a_claimed_transfer_is_paid_once_by_its_transaction_and_index() external {
        uint256 number = uint256(keccak256(abi.encode(keccak256("transaction"), 3)));
        Release memory item = Release(ReleaseKind.Claim, address(token), alice, 4, number, keccak256("transaction"));
        release(item);

        equal(token.balanceOf(alice), 4, "paid back");
        item.to = bob;
        expectRefusal(item, Releases.AlreadyReleased.selector);
    }

    function expectRefusal(Release memory item, bytes4 error_) private {
        Signature memory signature = signOne(item);
        vm.expectRevert(error_);
        vault.release(item, noProof, signature);
    }

    function someBurns(uint256 count) private view returns (Release[] memory items) {
        items = new Release[](count);
        for (uint256 i; i < count; ++i) {
            items[i] = burn(address(token), address(uint160(0xF000 + i)), 1 ether + i, i + 1);
        }
    }
}
