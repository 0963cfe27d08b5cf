// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Limits} from "./Limits.sol";
import {Schnorr, Signature} from "./Schnorr.sol";

/// What the group can order, besides releases.
enum OperationKind {
    SetKey,
    Unpause,
    SetLimit,
    SetGuardian,
    Migrate
}

/// An order of the group, and the fields of its EIP-712 type. A field that its kind does not name is not read.
struct Operation {
    OperationKind kind;
    /// SetLimit, Migrate: the token. SetGuardian: the new guardian.
    address target;
    /// SetKey: the new key. SetLimit: the capacity. Migrate: the vault that takes over, as a number.
    uint256 value;
    /// SetLimit: the window in seconds.
    uint48 window;
    /// Operations are numbered 0, 1, 2, … as they are proposed.
    uint48 number;
}

/// A vault that takes over: it has a door for money that is nobody's deposit.
interface IFunded {
    function fund() external payable;
}

/// Who may change what: a key for everything, but late; a guardian who can only stop; a council for when the key is lost.
abstract contract Controls is EIP712, Limits, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    struct Proposal {
        bytes32 operation;
        uint48 proposedAt;
        OperationKind kind;
    }

    uint256 public constant DELAY_SHORT = 1 days;
    uint256 public constant DELAY_LONG = 7 days;
    /// How long a proposal may be executed, once its delay is over.
    uint256 public constant LIFE = 14 days;
    /// How long a paused vault hears nothing from the group before the council may replace the key.
    uint256 public constant SILENCE = 14 days;

    bytes32 private constant OPERATION_TYPE =
        keccak256("Operation(uint8 kind,address target,uint256 value,uint48 window,uint48 number)");
    bytes32 private constant POSSESSION_TYPE = keccak256("Possession(uint256 key,uint256 predecessor)");

    /// Fixed for good: whoever may act when the key is lost is not to be replaced by whoever has found it.
    address public immutable council;

    /// x of the group's point (BIP340); the point with the even y is meant.
    uint256 public groupKey;
    address public guardian;
    mapping(uint256 number => Proposal) public proposals;

    // These and the count of deposits share one slot: whoever deposits coins reads and writes no other.
    /// Unix seconds, or zero when the vault is open.
    uint40 public pausedAt;
    /// When the group last proposed something. What it signed before a pause does not count, so releases need not.
    uint40 public heardAt;
    uint32 public operationCount;
    /// Proposals below this number were signed under a key that is no more.
    uint32 public voidBelow;
    /// The capacity of the chain's own coin in units of 2^32 wei, rounded down: up to there nobody need look it up.
    uint64 internal _roomForCoins;

    event KeySet(uint256 indexed key, uint256 indexed predecessor);
    event GuardianSet(address indexed guardian);
    event Paused();
    event Unpaused();
    event Proposed(uint256 indexed number, Operation operation, uint256 readyAt);
    event Cancelled(uint256 indexed number);
    event Executed(uint256 indexed number);
    event Recovered(uint256 indexed key);
    event Migrated(address indexed token, address indexed successor, uint256 amount);
    event Funded(address indexed from, uint256 amount);

    error BadSignature();
    error BadKey();
    error BadGuardian();
    error BadCouncil();
    error BadOperation();
    error BadSuccessor();
    error NotGuardian();
    error NotCouncil();
    error NotCancellable();
    error NotProposed();
    error NotReady();
    error Expired();
    error IsPaused();
    error NotPaused();
    error NotSilent();

    constructor(uint256 key, address guardian_, address council_) {
        require(council_ != address(0), BadCouncil());
        council = council_;
        _setGuardian(guardian_);
        require(Schnorr.isKey(key), BadKey());
        groupKey = key;
        emit KeySet(key, 0);
    }

    modifier whenOpen() {
        require(pausedAt == 0, IsPaused());
        _;
    }

    // The guardian

    function pause() external whenOpen {
        require(msg.sender == guardian, NotGuardian());
        pausedAt = uint40(block.timestamp);
        emit Paused();
    }

    /// Stops a proposal for good; but not the guardian's own replacement.
    function cancel(uint256 number) external {
        require(msg.sender == guardian, NotGuardian());
        Proposal memory proposal = proposals[number];
        require(proposal.proposedAt != 0, NotProposed());
        require(proposal.kind != OperationKind.SetGuardian, NotCancellable());
        delete proposals[number];
        emit Cancelled(number);
    }

    // The group

    /// Begins the delay of an operation that the group has signed. For SetKey, `possession` is the new group's signature
    /// over Possession(new key, present key); otherwise it is not read.
    function propose(Operation calldata operation, Signature calldata signature, Signature calldata possession)
        external
    {
        bytes32 hash = keccak256(abi.encode(OPERATION_TYPE, operation));
        _checkSigned(hash, signature);
        require(operation.number == operationCount, BadOperation());
        _checkSound(operation, possession);
        ++operationCount;
        heardAt = uint40(block.timestamp);
        proposals[operation.number] = Proposal(hash, uint48(block.timestamp), operation.kind);
        emit Proposed(operation.number, operation, block.timestamp + delayOf(operation.kind));
    }

    /// Does what was proposed, after its delay. Anybody may call it, once.
    function execute(Operation calldata operation) external nonReentrant {
        Proposal memory proposal = proposals[operation.number];
        require(
            proposal.operation == keccak256(abi.encode(OPERATION_TYPE, operation)) && operation.number >= voidBelow,
            NotProposed()
        );
        uint256 readyAt = proposal.proposedAt + delayOf(operation.kind);
        require(block.timestamp >= readyAt, NotReady());
        require(block.timestamp <= readyAt + LIFE, Expired());
        delete proposals[operation.number];
        emit Executed(operation.number);
        _perform(operation, proposal.proposedAt);
    }

    function delayOf(OperationKind kind) public pure returns (uint256) {
        return kind == OperationKind.SetGuardian || kind == OperationKind.Migrate ? DELAY_LONG : DELAY_SHORT;
    }

    // The council

    /// Replaces a lost key. The vault stays paused until the new group has it opened.
    function recover(uint256 key, Signature calldata possession) external {
        require(msg.sender == council, NotCouncil());
        require(pausedAt != 0, NotPaused());
        uint256 quietSince = pausedAt > heardAt ? pausedAt : heardAt;
        require(block.timestamp > quietSince + SILENCE, NotSilent());
        _checkSuccessor(key, possession);
        heardAt = uint40(block.timestamp);
        _setKey(key);
        emit Recovered(key);
    }

    // Money that is nobody's deposit

    /// Takes a predecessor's coins, or a gift. It credits nobody.
    function fund() external payable {
        emit Funded(msg.sender, msg.value);
    }

    /// Whether the group has signed a struct of this vault, by its EIP-712 hash.
    function _checkSigned(bytes32 structHash, Signature calldata signature) internal view {
        require(Schnorr.verify(groupKey, _hashTypedDataV4(structHash), signature), BadSignature());
    }

    function _checkSound(Operation calldata operation, Signature calldata possession) private view {
        OperationKind kind = operation.kind;
        if (kind == OperationKind.SetKey) _checkSuccessor(operation.value, possession);
        else if (kind == OperationKind.Unpause) require(pausedAt != 0, NotPaused());
        else if (kind == OperationKind.SetLimit) _checkLimit(operation.value, operation.window);
        else if (kind == OperationKind.SetGuardian) _checkGuardian(operation.target);
        else _successorOf(operation);
    }

    function _perform(Operation calldata operation, uint256 proposedAt) private {
        OperationKind kind = operation.kind;
        if (kind == OperationKind.SetKey) _setKey(operation.value);
        else if (kind == OperationKind.Unpause) _unpause(proposedAt);
        else if (kind == OperationKind.SetLimit) {
            _list(operation.target, uint208(operation.value), operation.window);
        } else if (kind == OperationKind.SetGuardian) _setGuardian(operation.target);
        else _migrate(operation.target, _successorOf(operation));
    }

    /// A key that nobody can sign with would lock the vault: the new group shows that it can, for this very step.
    function _checkSuccessor(uint256 key, Signature calldata possession) private view {
        require(key != groupKey && Schnorr.isKey(key), BadKey());
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(POSSESSION_TYPE, key, groupKey)));
        require(Schnorr.verify(key, digest, possession), BadSignature());
    }

    /// What the old key has approved and proposed dies with it.
    function _setKey(uint256 key) private {
        emit KeySet(key, groupKey);
        groupKey = key;
        voidBelow = operationCount;
    }

    /// An Unpause that was prepared before the pause would open the vault at once.
    function _unpause(uint256 proposedAt) private {
        require(pausedAt != 0, NotPaused());
        require(proposedAt > pausedAt, NotReady());
        pausedAt = 0;
        emit Unpaused();
    }

    /// The guardian guards the group against a thief of its key, and the group against the council.
    function _checkGuardian(address guardian_) private view {
        require(guardian_ != address(0) && guardian_ != council && guardian_ != guardian, BadGuardian());
    }

    function _setGuardian(address guardian_) private {
        _checkGuardian(guardian_);
        guardian = guardian_;
        emit GuardianSet(guardian_);
    }

    function _successorOf(Operation calldata operation) private view returns (address successor) {
        successor = address(uint160(operation.value));
        require(operation.value >> 160 == 0 && successor != address(this) && successor.code.length > 0, BadSuccessor());
    }

    /// Sets a token's limit, and what deposits of coins go by.
    function _list(address token, uint208 capacity, uint48 window) internal {
        _setLimit(token, capacity, window);
        // What does not fit is less, and then the capacity itself is asked.
        if (token == NATIVE) _roomForCoins = uint64(capacity >> 32);
    }

    /// All of a token goes; and the token is closed, so that no approval of this vault pays what the next one will.
    function _migrate(address token, address successor) private {
        _list(token, 0, 0);
        uint256 amount = token == NATIVE ? address(this).balance : IERC20(token).balanceOf(address(this));
        emit Migrated(token, successor, amount);
        if (token == NATIVE) IFunded(successor).fund{value: amount}();
        else IERC20(token).safeTransfer(successor, amount);
    }
}
