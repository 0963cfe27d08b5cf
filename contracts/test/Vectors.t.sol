// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Operation, OperationKind} from "../src/Controls.sol";
import {Limit} from "../src/Limits.sol";
import {Release, ReleaseKind} from "../src/Releases.sol";
import {Signature} from "../src/Schnorr.sol";
import {Vault} from "../src/Vault.sol";
import {Fixture} from "./Fixture.sol";
import {SchnorrDoor} from "./SchnorrDoor.sol";
import {Signer} from "./Signer.sol";
import {Token} from "./Tokens.sol";

/// Known answers that other libraries have made (test/contracts/vectors.ts): the vault and the rest of the world agree.
contract VectorsTest is Fixture {
    SchnorrDoor private immutable door =
        SchnorrDoor(vm.deployCode("contracts/test/SchnorrDoor.sol:SchnorrDoor"));
    string private json;
    uint256 private immutable key;

    constructor() {
        json = vm.readFile("contracts/test/vectors/approvals.json");
        key = vm.parseJsonUint(json, ".approvals.key");
    }

    function test_a_signature_passes_exactly_when_the_vector_says_so() external view {
        uint256 count;
        for (; vm.keyExistsJson(json, nth(".signatures", count, "")); ++count) {
            string memory vector = nth(".signatures", count, "");
            Signature memory signature = signatureAt(vector);
            bool valid = door.verify(number(vector, ".key"), bytes32(number(vector, ".digest")), signature);
            claim(valid == vm.parseJsonBool(json, join(vector, ".valid")), vector);
        }
        claim(count > 15, "there are vectors");
    }

    function test_our_own_signer_makes_what_noble_accepts() external {
        bytes32 digest = keccak256("digest");
        for (uint256 secret = 1; secret < 20; ++secret) {
            claim(door.verify(Signer.keyOf(secret), digest, Signer.sign(secret, digest)), "signed");
        }
    }

    function test_leaves_are_the_hashes_that_wallets_compute() external {
        deployVault();
        for (uint256 i; i < 7; ++i) {
            bytes32 want = bytes32(number(nth(".approvals.releases", i, ""), ".leaf"));
            equal(vault.leafOf(releaseAt(i)), want, "leaf");
        }
    }

    function test_a_batch_under_a_vector_signature_is_paid() external {
        uint256 fresh = vm.snapshotState();
        for (uint256 i; i < 5; ++i) {
            vm.revertToState(fresh);
            deployVault();
            string memory tree = nth(".approvals.trees", i, "");
            Release[] memory items = new Release[](number(tree, ".count"));
            for (uint256 j; j < items.length; ++j) items[j] = releaseAt(j);

            equal(vault.releaseBatch(items, signatureAt(tree)), items.length, "all are paid");

            for (uint256 j; j < items.length; ++j) {
                claim(vault.isReleased(items[j].kind, items[j].token, items[j].number), "used");
            }
        }
    }

    function test_each_release_is_paid_by_its_vector_proof() external {
        uint256 fresh = vm.snapshotState();
        for (uint256 i; i < 5; ++i) {
            vm.revertToState(fresh);
            deployVault();
            string memory tree = nth(".approvals.trees", i, "");
            uint256 count = number(tree, ".count");
            for (uint256 j; j < count; ++j) {
                Release memory item = releaseAt(j);
                vault.release(item, proofAt(nth(join(tree, ".proofs"), j, "")), signatureAt(tree));
                claim(vault.isReleased(item.kind, item.token, item.number), "used");
            }
        }
    }

    function test_operations_are_proposed_under_vector_signatures() external {
        deployVault();
        vm.prank(GUARDIAN);
        vault.pause();
        Signature memory possession = signatureAt(".approvals.possession");
        for (uint256 i; i < 5; ++i) {
            string memory vector = nth(".approvals.operations", i, "");
            Operation memory operation = Operation(
                OperationKind(number(vector, ".kind")),
                address(uint160(number(vector, ".target"))),
                number(vector, ".value"),
                uint48(number(vector, ".window")),
                uint48(number(vector, ".number"))
            );
            // The vector's successor is the vault itself, which is none.
            if (i == 4) vm.expectRevert(bytes4(keccak256("BadSuccessor()")));
            vault.propose(operation, signatureAt(vector), possession);
        }
        equal(vault.operationCount(), 4, "proposed");
    }

    /// A vault at the vectors' address, on their chain, under their key, with their token.
    function deployVault() private {
        vm.chainId(number(".approvals", ".chainId"));
        address listed = address(uint160(number(".approvals.releases[0]", ".token")));
        vm.etch(listed, address(new Token("", "", 6)).code);
        Limit[] memory limits = new Limit[](2);
        limits[0] = Limit(NATIVE, CAPACITY, WINDOW);
        limits[1] = Limit(listed, CAPACITY, WINDOW);
        address where = address(uint160(number(".approvals", ".vault")));
        vm.etch(where, bytes.concat(type(Vault).creationCode, abi.encode(key, GUARDIAN, COUNCIL, limits)));
        (bool made, bytes memory code) = where.call("");
        claim(made, "the constructor runs where the vault is to be");
        vm.etch(where, code);
        vault = Vault(where);
        fill(listed);
        vault.depositNative{value: 1 ether}(destination());
    }

    function releaseAt(uint256 i) private view returns (Release memory) {
        string memory vector = nth(".approvals.releases", i, "");
        return Release(
            ReleaseKind(number(vector, ".kind")),
            address(uint160(number(vector, ".token"))),
            address(uint160(number(vector, ".to"))),
            number(vector, ".amount"),
            number(vector, ".number"),
            bytes32(number(vector, ".id"))
        );
    }

    function signatureAt(string memory vector) private view returns (Signature memory) {
        return Signature(number(vector, ".rx"), number(vector, ".ry"), number(vector, ".s"));
    }

    function proofAt(string memory vector) private view returns (bytes32[] memory proof) {
        uint256 length;
        while (vm.keyExistsJson(json, nth(vector, length, ""))) ++length;
        proof = new bytes32[](length);
        for (uint256 i; i < length; ++i) proof[i] = bytes32(number(nth(vector, i, ""), ""));
    }

    function number(string memory vector, string memory field) private view returns (uint256) {
        return vm.parseJsonUint(json, join(vector, field));
    }

    function nth(string memory list, uint256 i, string memory field) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(i), "]", field);
    }

    function join(string memory a, string memory b) private pure returns (string memory) {
        return string.concat(a, b);
    }
}
