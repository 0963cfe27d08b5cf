// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Operation, OperationKind} from "../src/Controls.sol";
import {Limit} from "../src/Limits.sol";
import {Release, ReleaseKind} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Vault} from "../src/Vault.sol";
import {Forcer} from "./Deposits.t.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";
import {Token} from "./Tokens.sol";

/// The world around a vault, with books of its own: depositors, a group whose key changes, a guardian, relayers, time.
contract World is Fixture {
    struct Payment {
        uint256 at;
        uint256 amount;
    }

    uint208 public constant BUCKET = 10 ether;

    uint256 private group = GROUP;
    uint256 private recipients;
    mapping(uint256 key => uint256 secret) private secretOf;
    Operation[] private pending;

    mapping(address of_ => uint256) public owed;
    mapping(bytes32 number => uint256) public timesPaid;
    mapping(address of_ => Payment[]) private payments;
    uint256 public deposits;
    uint256 public paidWhilePaused;
    uint256 public paidTwice;
    uint256 public paidUnsigned;
    uint256 public usedUnpaid;

    constructor() payable {
        vm.warp(1_700_000_000);
        token = new Token("USD Coin", "USDC", 6);
        Limit[] memory limits = new Limit[](2);
        limits[0] = Limit(NATIVE, BUCKET, WINDOW);
        limits[1] = Limit(address(token), BUCKET, WINDOW);
        vault = new Vault(Signer.keyOf(GROUP), GUARDIAN, COUNCIL, limits);
        vault.fund{value: 50 ether}();
        token.mint(address(vault), 50 ether);
        token.approve(address(vault), type(uint256).max);
        owed[NATIVE] = owed[address(token)] = 50 ether;
    }

    function theVault() external view returns (Vault) {
        return vault;
    }

    function theToken() external view returns (Token) {
        return token;
    }

    function deposit(bool native, uint256 amount) external {
        amount = 1 + amount % BUCKET;
        if (native) {
            vm.deal(address(this), amount);
            vault.depositNative{value: amount}(destination());
        } else {
            token.mint(address(this), amount);
            vault.deposit(address(token), amount, destination());
        }
        owed[native ? NATIVE : address(token)] += amount;
        ++deposits;
    }

    /// Coins by force and tokens by a plain transfer: the vault has them, and nobody is credited.
    function give(bool native, uint256 amount) external {
        amount %= 1 ether;
        if (native) {
            vm.deal(address(this), amount);
            new Forcer{value: amount}(payable(address(vault)));
        } else {
            token.mint(address(vault), amount);
        }
        owed[native ? NATIVE : address(token)] += amount;
    }

    function payOne(uint8 kind, bool native, uint256 amount, uint256 number) external {
        Release memory item = someRelease(kind, native, amount, number);
        Signature memory signature = signBy(group, leaf(item));
        uint256 before = balanceOf(item.token, item.to);
        vault.release(item, new bytes32[](0), signature);
        book(item, before);
    }

    function payBatch(uint8 kind, bool native, uint256 amount, uint256 number, uint8 count, uint256 gas_) external {
        Release[] memory items = new Release[](1 + count % 6);
        uint256[] memory before = new uint256[](items.length);
        bool[] memory wasUsed = new bool[](items.length);
        for (uint256 i; i < items.length; ++i) {
            items[i] = someRelease(kind, native, amount / (i + 1), number + i);
            before[i] = balanceOf(items[i].token, items[i].to);
            wasUsed[i] = vault.isReleased(items[i].kind, items[i].token, items[i].number);
        }
        Signature memory signature = signBy(group, rootOf(items));
        vault.releaseBatch{gas: 100_000 + gas_ % 2_000_000}(items, signature);
        for (uint256 i; i < items.length; ++i) {
            bool isUsed = vault.isReleased(items[i].kind, items[i].token, items[i].number);
            if (isUsed && !wasUsed[i]) book(items[i], before[i]);
        }
    }

    /// Whatever a stranger signs with, it is not the group's key.
    function forge(bool native, uint256 amount, uint256 number, uint256 secret) external {
        secret = 1 + secret % (Signer.ORDER - 1);
        vm.assume(Signer.keyOf(secret) != vault.groupKey());
        Release memory item = someRelease(0, native, amount, number);
        Signature memory signature = signBy(secret, leaf(item));
        vault.release(item, new bytes32[](0), signature);
        ++paidUnsigned;
    }

    function stop(uint256 chance) external {
        if (chance % 8 == 0) pause();
    }

    function orderUnpause() external {
        propose_(order(OperationKind.Unpause, NATIVE, 0, 0), 0);
    }

    function orderKey(uint256 secret) external {
        secret = 1 + secret % (Signer.ORDER - 1);
        propose_(order(OperationKind.SetKey, NATIVE, Signer.keyOf(secret), 0), secret);
    }

    function executeOne(uint256 which, uint256 seconds_) external {
        Operation memory operation = pending[pending.length - 1 - which % pending.length % 3];
        vm.warp(block.timestamp + seconds_ % 2 days);
        vault.execute(operation);
        if (operation.kind == OperationKind.SetKey) group = secretOf[operation.value];
    }

    function wait_(uint256 seconds_) external {
        vm.warp(block.timestamp + seconds_ % 2 days);
    }

    /// The most that left within any stretch of time, less what a bucket lets out in it: never above zero.
    function overLimit(address of_) external view returns (uint256 excess) {
        Payment[] storage list = payments[of_];
        for (uint256 i; i < list.length; ++i) {
            uint256 sum;
            for (uint256 j = i; j < list.length; ++j) {
                sum += list[j].amount;
                uint256 most = BUCKET + (list[j].at - list[i].at) * BUCKET / WINDOW + j - i;
                if (sum > most && sum - most > excess) excess = sum - most;
            }
        }
    }

    function propose_(Operation memory operation, uint256 secret) private {
        Signature memory possession;
        if (secret != 0) {
            possession = signPossession(secret, vault.groupKey());
            secretOf[operation.value] = secret;
        }
        vault.propose(operation, signOperation(group, operation), possession);
        pending.push(operation);
    }

    function someRelease(uint8 kind, bool native, uint256 amount, uint256 number) private returns (Release memory) {
        address to = address(uint160(uint256(keccak256(abi.encode("recipient", ++recipients)))));
        ReleaseKind kind_ = ReleaseKind(kind % 3);
        // Few numbers, so that many are used already.
        return Release(kind_, native ? NATIVE : address(token), to, amount % 4 ether, number % 40, bytes32(number));
    }

    function book(Release memory item, uint256 before) private {
        uint256 arrived = balanceOf(item.token, item.to) - before;
        if (arrived != item.amount) ++usedUnpaid;
        if (vault.pausedAt() != 0) ++paidWhilePaused;
        address space = item.kind == ReleaseKind.Burn ? item.token : address(0);
        if (++timesPaid[keccak256(abi.encode(item.kind, space, item.number))] > 1) ++paidTwice;
        owed[item.token] -= arrived;
        payments[item.token].push(Payment(block.timestamp, arrived));
    }

    function signBy(uint256 secret, bytes32 root) private returns (Signature memory) {
        return Signer.sign(secret, typed(approval(root)));
    }

    function balanceOf(address of_, address account) private view returns (uint256) {
        return of_ == NATIVE ? account.balance : token.balanceOf(account);
    }
}

/// What holds whatever the world does.
contract InvariantsTest is Fixture {
    World private world;

    function setUp() public override {
        vm.deal(address(this), 50 ether);
        world = new World{value: 50 ether}();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(world);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function excludeSelectors() external view returns (FuzzSelector[] memory excluded) {
        excluded = new FuzzSelector[](1);
        excluded[0] = FuzzSelector(address(world), new bytes4[](1));
        excluded[0].selectors[0] = Fixture.setUp.selector;
    }

    /// One campaign for all of them: forge runs the same one again for each function it finds.
    function invariant_money_numbers_limits_and_pauses_hold_in_any_world() external view {
        Token of_ = world.theToken();
        Vault there = world.theVault();
        equal(address(there).balance, world.owed(NATIVE), "all coins that came in are there or were paid");
        equal(of_.balanceOf(address(there)), world.owed(address(of_)), "all tokens too");
        equal(world.paidTwice(), 0, "a number is paid at most once");
        equal(world.usedUnpaid(), 0, "and used exactly when it is paid");
        equal(world.paidUnsigned(), 0, "nothing leaves unsigned");
        equal(world.paidWhilePaused(), 0, "nor while paused");
        equal(world.overLimit(NATIVE), 0, "no stretch of time lets out more coins than the bucket and its refill");
        equal(world.overLimit(address(of_)), 0, "nor more tokens");
        equal(there.depositCount(), world.deposits(), "ids of deposits have no gap");
    }
}
