// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// A token as most are, that gives to whoever asks; and below, those that are not as most are.
contract Token is ERC20Permit {
    uint8 private immutable _decimals;

    constructor(string memory name, string memory symbol, uint8 decimals_) ERC20(name, symbol) ERC20Permit(name) {
        _decimals = decimals_;
    }

    function decimals() public view override returns (uint8) {
        return _decimals;
    }

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}

/// Keeps a hundredth of what is moved.
contract FeeToken is Token("Fee", "FEE", 18) {
    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0), fee);
    }
}

/// Moves nothing from or to whom it has listed.
contract BlacklistToken is Token("Blacklist", "BLK", 6) {
    error Blacklisted(address account);

    mapping(address account => bool) public isListed;

    function list(address account, bool listed) external {
        isListed[account] = listed;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(!isListed[from], Blacklisted(from));
        require(!isListed[to], Blacklisted(to));
        super._update(from, to, amount);
    }
}

/// Reverts on zero, and on everything while it is stopped; the words of its refusal are a megabyte long.
contract RevertingToken is Token("Reverting", "REV", 18) {
    bool public stopped;

    function stop(bool stopped_) external {
        stopped = stopped_;
    }

    function _update(address from, address to, uint256 amount) internal override {
        require(amount != 0);
        if (stopped) {
            assembly ("memory-safe") {
                revert(0, 1000000)
            }
        }
        super._update(from, to, amount);
    }
}

/// Says false instead of reverting, once it has moved half.
contract FalseToken is Token("False", "FLS", 18) {
    bool public refuses;

    function refuse(bool refuses_) external {
        refuses = refuses_;
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        _transfer(msg.sender, to, refuses ? amount / 2 : amount);
        return !refuses;
    }
}

interface ISending {
    function sending(address to, uint256 amount) external;
}

/// Calls its sender before it moves anything, as ERC-777 does.
contract HookToken is Token("Hook", "HOOK", 18) {
    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (from.code.length != 0) ISending(from).sending(to, amount);
        return super.transferFrom(from, to, amount);
    }
}

/// As Tether on Ethereum: `transfer`, `transferFrom` and `approve` answer nothing.
contract SilentToken {
    string public constant name = "Silent";
    string public constant symbol = "USDT";
    uint8 public constant decimals = 6;

    mapping(address account => uint256) public balanceOf;
    mapping(address owner => mapping(address spender => uint256)) public allowance;
    uint256 public totalSupply;

    event Transfer(address indexed from, address indexed to, uint256 amount);
    event Approval(address indexed owner, address indexed spender, uint256 amount);

    function mint(address to, uint256 amount) external {
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    /// As Tether's, it changes an allowance only from or to zero.
    function approve(address spender, uint256 amount) external {
        require(amount == 0 || allowance[msg.sender][spender] == 0);
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
    }

    function transfer(address to, uint256 amount) external {
        _move(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _move(from, to, amount);
    }

    function _move(address from, address to, uint256 amount) private {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}

/// As wrapped ether: no permit, but a fallback that takes every call for something else and does not revert.
contract PhantomToken is ERC20("Phantom", "WETH") {
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    fallback() external payable {
        _mint(msg.sender, msg.value);
    }
}
