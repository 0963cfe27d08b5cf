// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Controls} from "./Controls.sol";

/// Where a deposit goes, and where it goes back to.
struct Destination {
    /// An account on AO: the 32 bytes of an AO address; or the 20 bytes of an EVM owner in the low bytes, the rest zero.
    bytes32 recipient;
    /// Who is refunded, on this chain, when the deposit cannot be carried.
    address refundTo;
    /// The quote whose terms were accepted, or zero.
    bytes32 quoteId;
}

/// The way in. A deposit is what `Deposited` says, and nothing else is one.
abstract contract Deposits is Controls {
    using SafeERC20 for IERC20;

    /// The id of the latest deposit; ids are 1, 2, 3, … without a gap.
    uint48 public depositCount;

    event Deposited(
        uint64 indexed id,
        address indexed token,
        address indexed from,
        uint256 amount,
        bytes32 recipient,
        address refundTo,
        bytes32 quoteId
    );

    error BadRecipient();
    error BadRefundAddress();
    error NothingReceived();

    /// Deposits the chain's own coin. It calls nobody, so it only keeps out of what others are in the middle of.
    function depositNative(Destination calldata destination)
        external
        payable
        nonReentrantView
        returns (uint64 id)
    {
        // Read together they are one load.
        (uint256 paused, uint256 room, uint48 latest) = (pausedAt, _roomForCoins, depositCount);
        require(paused == 0, IsPaused());
        if (msg.value > room << 32) _checkCapacity(NATIVE, msg.value);
        return _record(latest, NATIVE, msg.value, destination);
    }

    /// Deposits `amount` of a listed token that the caller has approved to this vault; what arrives is credited.
    function deposit(address token, uint256 amount, Destination calldata destination)
        external
        nonReentrant
        whenOpen
        returns (uint64 id)
    {
        return _pull(token, amount, destination);
    }

    /// As `deposit`, with the caller's EIP-2612 permit.
    function depositWithPermit(
        address token,
        uint256 amount,
        Destination calldata destination,
        uint256 deadline,
        uint8 v,
        bytes32 r,
        bytes32 s
    ) external nonReentrant whenOpen returns (uint64 id) {
        _checkListed(token, amount);
        // Somebody may have handed in the permit before us; then the allowance is there, and that is what counts.
        try IERC20Permit(token).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}
        return _pull(token, amount, destination);
    }

    function _pull(address token, uint256 amount, Destination calldata destination) private returns (uint64) {
        _checkListed(token, amount);
        uint256 before = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), amount);
        uint256 received = IERC20(token).balanceOf(address(this)) - before;
        _checkCapacity(token, received);
        return _record(depositCount, token, received, destination);
    }

    /// What is not listed is not even called.
    function _checkListed(address token, uint256 amount) private view {
        require(_capacityOf(token) != 0 && token != NATIVE, LimitExceeded(token, amount));
    }

    /// More than the capacity could never be given back.
    function _checkCapacity(address token, uint256 amount) private view {
        require(amount <= _capacityOf(token), LimitExceeded(token, amount));
    }

    function _record(uint48 latest, address token, uint256 amount, Destination calldata destination)
        private
        returns (uint48 id)
    {
        (bytes32 recipient, address refundTo) = (destination.recipient, destination.refundTo);
        require(recipient != 0, BadRecipient());
        require(refundTo != address(0) && refundTo != address(this), BadRefundAddress());
        require(amount != 0, NothingReceived());
        depositCount = id = latest + 1;
        emit Deposited(id, token, msg.sender, amount, recipient, refundTo, destination.quoteId);
    }
}
