// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Operation, OperationKind} from "../src/Controls.sol";
import {Destination} from "../src/Deposits.sol";
import {Limit} from "../src/Limits.sol";
import {Release, ReleaseKind} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Vault} from "../src/Vault.sol";
import {Signer} from "./Signer.sol";
import {Token} from "./Tokens.sol";
import {Vm} from "./Vm.sol";

/// A vault with coins and tokens in it, and everybody who has a say in it.
abstract contract Fixture {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    uint256 internal constant GROUP = 0xC0FFEE;
    uint256 internal constant NEXT_GROUP = 0xBEEF;
    address internal constant GUARDIAN = address(0x6A7D);
    address internal constant COUNCIL = address(0xC0);
    address internal constant NATIVE = address(0);
    uint208 internal constant CAPACITY = 1_000 ether;
    uint48 internal constant WINDOW = 1 days;

    address internal alice = address(0xA11CE);
    address internal bob = address(0xB0B);
    bytes32 internal constant AO_ACCOUNT = keccak256("an account on AO");

    Vault internal vault;
    Token internal token;

    function setUp() public virtual {
        vm.warp(1_700_000_000);
        token = new Token("USD Coin", "USDC", 6);
        vault = newVault(address(token));
        fill(address(token));
    }

    function newVault(address listed) internal returns (Vault) {
        Limit[] memory limits = new Limit[](2);
        limits[0] = Limit(NATIVE, CAPACITY, WINDOW);
        limits[1] = Limit(listed, CAPACITY, WINDOW);
        return new Vault(Signer.keyOf(GROUP), GUARDIAN, COUNCIL, limits);
    }

    /// Puts money in, as a predecessor would.
    function fill(address listed) internal {
        vm.deal(address(this), 10_000 ether);
        vault.fund{value: 5_000 ether}();
        Token(listed).mint(address(vault), 5_000 ether);
    }

    function destination() internal view returns (Destination memory) {
        return Destination(AO_ACCOUNT, alice, bytes32(uint256(7)));
    }

    function burn(address of_, address to, uint256 amount, uint256 number) internal pure returns (Release memory) {
        return Release(ReleaseKind.Burn, of_, to, amount, number, keccak256(abi.encode("burn", number)));
    }

    // What the group signs, written out a second time.

    function typed(bytes32 structHash) internal view returns (bytes32) {
        return typedFor(address(vault), block.chainid, structHash);
    }

    function typedFor(address vault_, uint256 chain, bytes32 structHash) internal pure returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Causeway"),
                keccak256("1"),
                chain,
                vault_
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function leaf(Release memory item) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                keccak256("Release(uint8 kind,address token,address to,uint256 amount,uint256 number,bytes32 id)"),
                item.kind,
                item.token,
                item.to,
                item.amount,
                item.number,
                item.id
            )
        );
    }

    function approval(bytes32 root) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("Approval(bytes32 root)"), root));
    }

    function signRoot(bytes32 root) internal returns (Signature memory) {
        return Signer.sign(GROUP, typed(approval(root)));
    }

    function signOne(Release memory item) internal returns (Signature memory) {
        return signRoot(leaf(item));
    }

    function signOperation(uint256 secret, Operation memory operation) internal returns (Signature memory) {
        bytes32 hash = keccak256(
            abi.encode(
                keccak256("Operation(uint8 kind,address target,uint256 value,uint48 window,uint48 number)"),
                operation.kind,
                operation.target,
                operation.value,
                operation.window,
                operation.number
            )
        );
        return Signer.sign(secret, typed(hash));
    }

    function signPossession(uint256 secret, uint256 predecessor) internal returns (Signature memory) {
        bytes32 possession = keccak256("Possession(uint256 key,uint256 predecessor)");
        return Signer.sign(secret, typed(keccak256(abi.encode(possession, Signer.keyOf(secret), predecessor))));
    }

    // Trees

    function hashPair(bytes32 a, bytes32 b) internal pure returns (bytes32) {
        return a < b ? keccak256(abi.encode(a, b)) : keccak256(abi.encode(b, a));
    }

    function rootOf(Release[] memory items) internal pure returns (bytes32) {
        bytes32[] memory layer = leavesOf(items);
        while (layer.length > 1) layer = above(layer);
        return layer[0];
    }

    /// What leads from one of the items to the root of all.
    function proofOf(Release[] memory items, uint256 index) internal pure returns (bytes32[] memory proof) {
        bytes32[] memory layer = leavesOf(items);
        bytes32[] memory found = new bytes32[](32);
        uint256 length;
        for (; layer.length > 1; index /= 2) {
            uint256 sibling = index % 2 == 0 ? index + 1 : index - 1;
            if (sibling < layer.length) found[length++] = layer[sibling];
            layer = above(layer);
        }
        proof = new bytes32[](length);
        for (uint256 i; i < length; ++i) proof[i] = found[i];
    }

    function leavesOf(Release[] memory items) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](items.length);
        for (uint256 i; i < items.length; ++i) leaves[i] = leaf(items[i]);
    }

    function above(bytes32[] memory layer) private pure returns (bytes32[] memory next) {
        next = new bytes32[]((layer.length + 1) / 2);
        for (uint256 i; i < next.length; ++i) {
            next[i] = 2 * i + 1 < layer.length ? hashPair(layer[2 * i], layer[2 * i + 1]) : layer[2 * i];
        }
    }

    // Deeds

    function release(Release memory item) internal {
        vault.release(item, new bytes32[](0), signOne(item));
    }

    function order(OperationKind kind, address target, uint256 value, uint48 window)
        internal
        view
        returns (Operation memory)
    {
        return Operation(kind, target, value, window, vault.operationCount());
    }

    function propose(Operation memory operation) internal {
        Signature memory none;
        vault.propose(operation, signOperation(GROUP, operation), none);
    }

    function pause() internal {
        vm.prank(GUARDIAN);
        vault.pause();
    }

    // Claims about what is

    error Differs(string what, uint256 have, uint256 want);

    function equal(uint256 have, uint256 want, string memory what) internal pure {
        if (have != want) revert Differs(what, have, want);
    }

    function equal(address have, address want, string memory what) internal pure {
        equal(uint160(have), uint160(want), what);
    }

    function equal(bytes32 have, bytes32 want, string memory what) internal pure {
        equal(uint256(have), uint256(want), what);
    }

    function claim(bool truth, string memory what) internal pure {
        if (!truth) revert Differs(what, 0, 1);
    }
}
