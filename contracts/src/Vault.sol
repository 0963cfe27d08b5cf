// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Controls} from "./Controls.sol";
import {Limit} from "./Limits.sol";
import {Releases} from "./Releases.sol";

/// What is locked on this chain for what circulates on AO. It has no owner, and its code can never be another.
contract Vault is Releases {
    /// `key` is the group's x-only BIP340 key; `limits` lists the tokens to begin with, the chain's coin as address zero.
    constructor(uint256 key, address guardian, address council, Limit[] memory limits)
        EIP712("Causeway", "1")
        Controls(key, guardian, council)
    {
        for (uint256 i = 0; i < limits.length; ++i) {
            _list(limits[i].token, limits[i].capacity, limits[i].window);
        }
    }
}
