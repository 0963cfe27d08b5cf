// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {LowLevelCall} from "@openzeppelin/contracts/utils/LowLevelCall.sol";
import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {Deposits} from "./Deposits.sol";
import {Signature} from "./Schnorr.sol";

/// What a release answers; each kind has numbers of its own.
enum ReleaseKind {
    /// A burn on AO. Numbers are those of the token's burns, token by token.
    Burn,
    /// A deposit that goes back. The number is the deposit's id.
    Refund,
    /// A plain transfer that its sender has claimed. The number is keccak256(transaction hash, log index).
    Claim
}

/// One payment, and the fields of its EIP-712 type, whose hash is the leaf.
struct Release {
    ReleaseKind kind;
    address token;
    address to;
    uint256 amount;
    /// Pays once: (kind, token, number) for a burn, (kind, number) for a refund and a claim.
    uint256 number;
    /// The AO message of the burn, or the transaction of the deposit or transfer.
    bytes32 id;
}

/// The way out. The group signs the root of a tree of releases; anybody may hand them in, one by one or all at once.
abstract contract Releases is Deposits {
    using SafeERC20 for IERC20;

    /// Gas for one payment of a batch; a recipient that wants more is paid by `release`.
    uint256 public constant ITEM_GAS = 150_000;
    /// With this much left, ITEM_GAS reaches the payment although a call keeps back a 64th, and the batch can go on.
    uint256 private constant GAS_NEEDED = ITEM_GAS + ITEM_GAS / 63 + 10_000;

    bytes32 private constant RELEASE_TYPE =
        keccak256("Release(uint8 kind,address token,address to,uint256 amount,uint256 number,bytes32 id)");
    bytes32 private constant APPROVAL_TYPE = keccak256("Approval(bytes32 root)");

    /// Bit n % 256 of word n / 256 is number n.
    mapping(ReleaseKind kind => mapping(address token => mapping(uint256 index => uint256 word))) private _released;

    event Released(
        ReleaseKind indexed kind,
        address indexed token,
        uint256 indexed number,
        address to,
        uint256 amount,
        bytes32 id
    );
    /// An item of a batch that could not be paid. It is as good as before; `reason` is the error's selector, or zero.
    event Skipped(ReleaseKind indexed kind, address indexed token, uint256 indexed number, bytes4 reason);

    error AlreadyReleased();
    error NothingToRelease();
    error NoSuchDeposit();
    error PaymentFailed();
    error NotSelf();
    error GasTooLow();

    /// Whether the number is used up. The token matters for burns only.
    function isReleased(ReleaseKind kind, address token, uint256 number) external view returns (bool) {
        return _released[kind][_spaceOf(kind, token)][number >> 8] & (1 << (number & 0xff)) != 0;
    }

    /// Pays one release. `proof` leads from it to the root that was signed; it is empty when the release stands alone.
    function release(Release calldata item, bytes32[] calldata proof, Signature calldata signature)
        external
        nonReentrant
        whenOpen
    {
        _checkApproved(MerkleProof.processProofCalldata(proof, leafOf(item)), signature);
        _pay(item);
    }

    /// Pays all releases of a tree, in its order, and skips those that cannot be paid now. Returns how many it paid.
    function releaseBatch(Release[] calldata items, Signature calldata signature)
        external
        nonReentrant
        whenOpen
        returns (uint256 paid)
    {
        _checkApproved(_rootOf(items), signature);
        for (uint256 i = 0; i < items.length; ++i) {
            // Else whoever picks the gas could have payments skipped, and an estimate of the gas would do it unasked.
            require(gasleft() > GAS_NEEDED, GasTooLow());
            try this.releaseItem{gas: ITEM_GAS}(items[i]) {
                ++paid;
            } catch (bytes memory reason) {
                // Always our own error, and short: what a stranger's code returns is never copied.
                emit Skipped(items[i].kind, items[i].token, items[i].number, bytes4(reason));
            }
        }
    }

    /// One payment of a batch, in a call of its own so that all it did is undone when it fails.
    function releaseItem(Release calldata item) external {
        require(msg.sender == address(this), NotSelf());
        _pay(item);
    }

    /// The EIP-712 hash of a release: a hash of 224 bytes, which no inner node is.
    function leafOf(Release calldata item) public pure returns (bytes32 leaf) {
        bytes32 typeHash = RELEASE_TYPE;
        // keccak256(abi.encode(RELEASE_TYPE, item)), at a third of the price. A field that is out of its range is
        // hashed as it stands; whoever reads it is stopped by the compiler's checks.
        assembly ("memory-safe") {
            let preimage := mload(0x40)
            mstore(preimage, typeHash)
            calldatacopy(add(preimage, 0x20), item, 0xc0)
            leaf := keccak256(preimage, 0xe0)
        }
    }

    function _checkApproved(bytes32 root, Signature calldata signature) private view {
        _checkSigned(keccak256(abi.encode(APPROVAL_TYPE, root)), signature);
    }

    function _pay(Release calldata item) private {
        (ReleaseKind kind, address token, address to) = (item.kind, item.token, item.to);
        (uint256 amount, uint256 number) = (item.amount, item.number);
        require(amount != 0, NothingToRelease());
        require(to != address(0) && to != address(this), BadRecipient());
        require(kind != ReleaseKind.Refund || (number != 0 && number <= depositCount), NoSuchDeposit());
        _use(kind, token, number);
        _consume(token, amount);
        emit Released(kind, token, number, to, amount, item.id);
        require(
            token == NATIVE
                ? LowLevelCall.callNoReturn(to, amount, "")
                : IERC20(token).trySafeTransfer(to, amount),
            PaymentFailed()
        );
    }

    /// As OpenZeppelin's BitMaps, which would look for the word twice.
    function _use(ReleaseKind kind, address token, uint256 number) private {
        mapping(uint256 => uint256) storage words = _released[kind][_spaceOf(kind, token)];
        uint256 word = words[number >> 8];
        uint256 bit = 1 << (number & 0xff);
        require(word & bit == 0, AlreadyReleased());
        words[number >> 8] = word | bit;
    }

    /// Burns are numbered by their token on AO; deposits and transfers are one row for all tokens.
    function _spaceOf(ReleaseKind kind, address token) private pure returns (address) {
        return kind == ReleaseKind.Burn ? token : address(0);
    }

    /// Layer by layer, neighbours are hashed in pairs, the smaller first; the odd one at the end moves up as it is.
    function _rootOf(Release[] calldata items) private pure returns (bytes32) {
        uint256 width = items.length;
        require(width != 0, NothingToRelease());
        bytes32[] memory nodes = new bytes32[](width);
        for (uint256 i = 0; i < width; ++i) nodes[i] = leafOf(items[i]);
        for (; width > 1; width = (width + 1) / 2) {
            for (uint256 i = 0; i + 1 < width; i += 2) {
                nodes[i / 2] = Hashes.commutativeKeccak256(nodes[i], nodes[i + 1]);
            }
            if (width % 2 == 1) nodes[width / 2] = nodes[width - 1];
        }
        return nodes[0];
    }
}
