// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls, Operation, OperationKind} from "../src/Controls.sol";
import {Deposits, Destination} from "../src/Deposits.sol";
import {Limits} from "../src/Limits.sol";
import {Release} from "../src/Releases.sol";
import {Vault} from "../src/Vault.sol";
import {Fixture} from "./Fixture.sol";
import {FeeToken, HookToken, ISending, PhantomToken, RevertingToken, SilentToken, Token} from "./Tokens.sol";
import {Log} from "./Vm.sol";

/// Sends all its coins to an account that has no say in it.
contract Forcer {
    constructor(address payable to) payable {
        selfdestruct(to);
    }
}

contract DepositsTest is Fixture, ISending {
    bytes32 private constant DEPOSITED =
        keccak256("Deposited(uint64,address,address,uint256,bytes32,address,bytes32)");
    uint256 private constant OWNER = 0xABCDEF;

    function setUp() public override {
        super.setUp();
        token.mint(address(this), 2_000 ether);
        token.approve(address(vault), type(uint256).max);
    }

    function test_a_deposit_of_coins_says_all_that_is_needed() external {
        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, NATIVE, address(this), 2 ether, AO_ACCOUNT, alice, bytes32(uint256(7)));
        uint64 id = vault.depositNative{value: 2 ether}(destination());

        equal(id, 1, "the first");
    }

    function test_a_deposit_of_tokens_says_all_that_is_needed() external {
        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, address(token), address(this), 2 ether, AO_ACCOUNT, alice, bytes32(uint256(7)));
        vault.deposit(address(token), 2 ether, destination());

        equal(token.balanceOf(address(vault)), 5_002 ether, "it has arrived");
    }

    function test_case64_deposits_of_one_transaction_have_ids_of_their_own() external {
        vm.recordLogs();
        vault.depositNative{value: 1}(destination());
        vault.deposit(address(token), 2, destination());
        vault.depositNative{value: 1}(destination());

        Log[] memory logs = vm.getRecordedLogs();
        uint256 id;
        for (uint256 i; i < logs.length; ++i) {
            if (logs[i].topics[0] == DEPOSITED) equal(uint256(logs[i].topics[1]), ++id, "the next");
        }
        equal(id, 3, "three events");
        equal(vault.depositCount(), 3, "counted");
    }

    function testFuzz_case32_ids_have_no_gap(uint8 count) external {
        for (uint256 i = 1; i <= count % 20; ++i) {
            equal(vault.depositNative{value: i}(destination()), i, "the next");
            vm.expectRevert(Deposits.NothingReceived.selector);
            vault.depositNative(destination());
        }
        equal(vault.depositCount(), count % 20, "the latest");
    }

    function test_an_evm_owner_stands_in_the_low_bytes_and_arrives_as_given() external {
        bytes32 owner = bytes32(uint256(uint160(bob)));

        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, NATIVE, address(this), 1, owner, alice, 0);
        vault.depositNative{value: 1}(Destination(owner, alice, 0));
    }

    function test_a_deposit_for_nobody_is_refused() external {
        vm.expectRevert(Deposits.BadRecipient.selector);
        vault.depositNative{value: 1}(Destination(0, alice, 0));
    }

    function test_a_deposit_that_could_go_back_to_nobody_is_refused() external {
        vm.expectRevert(Deposits.BadRefundAddress.selector);
        vault.depositNative{value: 1}(Destination(AO_ACCOUNT, address(0), 0));
        vm.expectRevert(Deposits.BadRefundAddress.selector);
        vault.deposit(address(token), 1, Destination(AO_ACCOUNT, address(vault), 0));
    }

    function test_case65_a_token_that_is_not_listed_is_refused() external {
        Token fake = new Token("USD Coin", "USDC", 6);
        fake.mint(address(this), 5);
        fake.approve(address(vault), 5);

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, address(fake), 5));
        vault.deposit(address(fake), 5, destination());
    }

    function test_case65_what_is_not_listed_is_not_even_called() external {
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, bob, 5));
        vault.deposit(bob, 5, destination());
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, bob, 5));
        vault.depositWithPermit(bob, 5, destination(), 0, 0, 0, 0);
    }

    function test_coins_are_no_token() external {
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, 5));
        vault.deposit(NATIVE, 5, destination());
    }

    function test_what_could_not_go_back_in_one_piece_is_refused() external {
        vault.deposit(address(token), CAPACITY, destination());
        vault.depositNative{value: CAPACITY}(destination());

        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, NATIVE, CAPACITY + 1));
        vault.depositNative{value: CAPACITY + 1}(destination());
        token.mint(address(this), CAPACITY + 1);
        vm.expectRevert(abi.encodeWithSelector(Limits.LimitExceeded.selector, address(token), CAPACITY + 1));
        vault.deposit(address(token), CAPACITY + 1, destination());
    }

    function test_nothing_is_no_deposit() external {
        vm.expectRevert(Deposits.NothingReceived.selector);
        vault.deposit(address(token), 0, destination());
    }

    function test_a_paused_vault_takes_no_deposit() external {
        pause();

        vm.expectRevert(Controls.IsPaused.selector);
        vault.depositNative{value: 1}(destination());
        vm.expectRevert(Controls.IsPaused.selector);
        vault.deposit(address(token), 1, destination());
        vm.expectRevert(Controls.IsPaused.selector);
        vault.depositWithPermit(address(token), 1, destination(), 0, 0, 0, 0);
    }

    // Money that is nobody's

    function test_a_plain_transfer_of_coins_reverts() external {
        (bool sent,) = address(vault).call{value: 1}("");
        claim(!sent, "refused");
        (sent,) = address(vault).call{value: 1}(hex"12345678");
        claim(!sent, "refused with data");
    }

    function test_case70_forced_coins_are_not_credited() external {
        new Forcer{value: 3 ether}(payable(address(vault)));

        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, NATIVE, address(this), 1 ether, AO_ACCOUNT, alice, bytes32(uint256(7)));
        vault.depositNative{value: 1 ether}(destination());
    }

    function test_case69_a_plain_transfer_of_tokens_is_not_credited_to_the_next_deposit() external {
        token.transfer(address(vault), 3 ether);
        equal(vault.depositCount(), 0, "no deposit");

        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, address(token), address(this), 1 ether, AO_ACCOUNT, alice, bytes32(uint256(7)));
        vault.deposit(address(token), 1 ether, destination());
    }

    function test_what_a_vault_is_given_is_nobodys_deposit() external {
        vm.expectEmit(address(vault));
        emit Controls.Funded(address(this), 1 ether);
        vault.fund{value: 1 ether}();

        equal(vault.depositCount(), 0, "no deposit");
    }

    // Tokens of every kind

    function test_of_a_token_with_a_fee_what_arrives_is_credited() external {
        FeeToken odd = new FeeToken();
        listed(odd);

        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, address(odd), address(this), 99, AO_ACCOUNT, alice, bytes32(uint256(7)));
        vault.deposit(address(odd), 100, destination());
    }

    function test_case68_a_token_that_answers_nothing_is_deposited() external {
        SilentToken silent = new SilentToken();
        vault = newVault(address(silent));
        silent.mint(address(this), 10);
        silent.approve(address(vault), 10);

        vm.expectEmit(address(vault));
        emit Deposits.Deposited(1, address(silent), address(this), 10, AO_ACCOUNT, alice, bytes32(uint256(7)));
        vault.deposit(address(silent), 10, destination());
    }

    function test_case68_a_token_that_reverts_on_zero_is_refused_on_zero() external {
        RevertingToken odd = new RevertingToken();
        listed(odd);

        vm.expectRevert();
        vault.deposit(address(odd), 0, destination());
    }

    function test_nothing_else_is_done_within_a_deposit() external {
        HookToken odd = new HookToken();
        listed(odd);
        Operation memory operation = order(OperationKind.SetLimit, NATIVE, 1, 1);
        propose(operation);
        vm.warp(block.timestamp + 1 days);
        Release memory item = burn(NATIVE, bob, 1, 1);
        within = [
            abi.encodeCall(vault.deposit, (address(odd), 50, destination())),
            abi.encodeCall(vault.depositWithPermit, (address(odd), 50, destination(), 0, 0, 0, 0)),
            abi.encodeCall(vault.depositNative, (destination())),
            abi.encodeCall(vault.execute, (operation)),
            abi.encodeCall(vault.release, (item, new bytes32[](0), signOne(item)))
        ];
        vault.fund{value: 1}();

        vault.deposit(address(odd), 100, destination());
        vault.depositWithPermit(address(odd), 100, destination(), 0, 0, 0, 0);

        equal(refused, 10, "all of it, both times");
        equal(vault.depositCount(), 2, "the outer ones");
    }

    bytes[] private within;
    uint256 private refused;

    /// Called by the token while it moves our deposit.
    function sending(address, uint256) external {
        if (msg.sender.code.length == 0 || entered) return;
        entered = true;
        for (uint256 i; i < within.length; ++i) {
            (bool done,) = address(vault).call{value: i == 2 ? 1 : 0}(within[i]);
            if (!done) ++refused;
        }
        entered = false;
    }

    bool private entered;

    // Permits

    function test_a_permit_takes_the_place_of_an_approval() external {
        (address owner, uint8 v, bytes32 r, bytes32 s) = permit(5);

        vm.prank(owner);
        vault.depositWithPermit(address(token), 5, destination(), block.timestamp, v, r, s);

        equal(token.balanceOf(owner), 0, "it has gone");
        equal(vault.depositCount(), 1, "one deposit");
    }

    function test_a_permit_that_somebody_else_handed_in_first_is_as_good() external {
        (address owner, uint8 v, bytes32 r, bytes32 s) = permit(5);
        token.permit(owner, address(vault), 5, block.timestamp, v, r, s);

        vm.prank(owner);
        vault.depositWithPermit(address(token), 5, destination(), block.timestamp, v, r, s);

        equal(vault.depositCount(), 1, "one deposit");
    }

    function test_a_permit_takes_nothing_from_anybody_but_the_caller() external {
        (, uint8 v, bytes32 r, bytes32 s) = permit(5);

        vm.prank(bob);
        vm.expectRevert();
        vault.depositWithPermit(address(token), 5, destination(), block.timestamp, v, r, s);
    }

    function test_a_token_that_takes_a_permit_for_something_else_moves_only_what_was_approved() external {
        PhantomToken odd = new PhantomToken();
        vault = newVault(address(odd));
        odd.mint(bob, 10);

        vm.prank(bob);
        vm.expectRevert();
        vault.depositWithPermit(address(odd), 5, destination(), block.timestamp, 27, 0, 0);
        vm.prank(bob);
        odd.approve(address(vault), 5);
        vm.prank(bob);
        vault.depositWithPermit(address(odd), 5, destination(), block.timestamp, 27, 0, 0);

        equal(odd.balanceOf(address(vault)), 5, "what was approved");
    }

    function permit(uint256 amount) private returns (address owner, uint8 v, bytes32 r, bytes32 s) {
        owner = vm.addr(OWNER);
        token.mint(owner, amount);
        bytes32 permitType =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 hash = keccak256(abi.encode(permitType, owner, address(vault), amount, 0, block.timestamp));
        (v, r, s) = vm.sign(OWNER, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), hash)));
    }

    function listed(Token odd) private {
        vault = newVault(address(odd));
        odd.mint(address(this), 1_000);
        odd.approve(address(vault), type(uint256).max);
    }
}
