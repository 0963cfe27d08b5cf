// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Destination} from "../src/Deposits.sol";
import {Release, ReleaseKind} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Fixture} from "./Fixture.sol";

/// What whole transactions cost, compared with the figures kept in `gas/vault.json`. "Warm" storage is what a vault in
/// use has: a number in a word that is begun, a bucket that was drawn from, a recipient who holds some already ("new": none).
/// forge-config: default.isolate = true
contract GasTest is Fixture {
    uint256 private constant FIRST = 1_024;
    bytes32[] private noProof;

    function setUp() public override {
        super.setUp();
        // From here on, no number begins a word of the bitmap, and no bucket is untouched.
        release(burn(NATIVE, bob, 1, FIRST));
        release(burn(address(token), bob, 1, FIRST));
        vault.depositNative{value: 1}(destination());
        token.mint(address(this), 100 ether);
        token.approve(address(vault), type(uint256).max);
    }

    function test_gas_of_deposits() external {
        Destination memory to = Destination(AO_ACCOUNT, alice, keccak256("quote"));

        vault.depositNative{value: 1 ether}(to);
        vm.snapshotGasLastCall("vault", "deposit native");
        vault.deposit(address(token), 1 ether, to);
        vm.snapshotGasLastCall("vault", "deposit ERC-20");
    }

    function test_gas_of_releases() external {
        releaseAs("release native", burn(NATIVE, bob, 1 ether, FIRST + 1));
        releaseAs("release native new", burn(NATIVE, address(0xF001), 1 ether, FIRST + 2));
        releaseAs("release ERC-20", burn(address(token), bob, 1 ether, FIRST + 1));
        releaseAs("release ERC-20 new", burn(address(token), address(0xF001), 1 ether, FIRST + 2));
    }

    function test_gas_of_a_claim_out_of_200() external {
        Release[] memory items = someBurns(address(token), 200, false);
        Signature memory signature = signRoot(rootOf(items));
        bytes32[] memory proof = proofOf(items, 77);

        vault.release(items[77], proof, signature);
        vm.snapshotGasLastCall("vault", "claim ERC-20 out of 200");
    }

    function test_gas_of_batches() external {
        uint256[4] memory counts = [uint256(1), 10, 50, 150];
        for (uint256 i; i < counts.length; ++i) {
            batchAs("batch native", NATIVE, counts[i], false);
            batchAs("batch native new", NATIVE, counts[i], true);
            batchAs("batch ERC-20", address(token), counts[i], false);
            batchAs("batch ERC-20 new", address(token), counts[i], true);
        }
    }

    function test_gas_of_controls() external {
        vm.prank(GUARDIAN);
        vault.pause();
        vm.snapshotGasLastCall("vault", "pause");
    }

    function releaseAs(string memory name, Release memory item) private {
        Signature memory signature = signOne(item);
        vault.release(item, noProof, signature);
        vm.snapshotGasLastCall("vault", name);
    }

    function batchAs(string memory name, address of_, uint256 count, bool areNew) private {
        uint256 fresh = vm.snapshotState();
        Release[] memory items = someBurns(of_, count, areNew);
        Signature memory signature = signRoot(rootOf(items));
        uint256 paid = vault.releaseBatch(items, signature);
        vm.snapshotGasLastCall("vault", string.concat(name, " ", vm.toString(count)));
        equal(paid, count, "all are paid");
        vm.revertToState(fresh);
    }

    function someBurns(address of_, uint256 count, bool areNew) private returns (Release[] memory items) {
        items = new Release[](count);
        for (uint256 i; i < count; ++i) {
            address to = address(uint160(uint256(keccak256(abi.encode("recipient", i)))));
            items[i] = burn(of_, to, 1 ether, FIRST + 10 + i);
            if (areNew) continue;
            if (of_ == NATIVE) vm.deal(to, 1);
            else token.mint(to, 1);
        }
    }
}
