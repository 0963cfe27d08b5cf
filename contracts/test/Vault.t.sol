// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Controls} from "../src/Controls.sol";
import {Limit, Limits} from "../src/Limits.sol";
import {Vault} from "../src/Vault.sol";
import {Fixture} from "./Fixture.sol";
import {Signer} from "./Signer.sol";

/// What a vault begins with.
contract VaultTest is Fixture {
    function test_a_vault_begins_with_what_it_is_given() external {
        uint256 key = Signer.keyOf(GROUP);
        Limit[] memory limits = new Limit[](1);
        limits[0] = Limit(NATIVE, 5, 6);

        Vault made = new Vault(key, GUARDIAN, COUNCIL, limits);

        equal(made.groupKey(), key, "key");
        equal(made.guardian(), GUARDIAN, "guardian");
        equal(made.council(), COUNCIL, "council");
        (uint256 capacity, uint256 available, uint256 window) = made.limitOf(NATIVE);
        equal(capacity, 5, "capacity");
        equal(available, 5, "full");
        equal(window, 6, "window");
        equal(made.pausedAt(), 0, "open");
        equal(made.depositCount(), 0, "no deposits");
    }

    /// EIP-170.
    function test_a_vault_fits_into_a_contract() external view {
        claim(address(vault).code.length <= 24_576, "its size");
    }

    function test_case77_a_vault_without_a_key_a_guardian_or_a_council_is_not_made() external {
        uint256 key = Signer.keyOf(GROUP);
        Limit[] memory limits = new Limit[](0);

        vm.expectRevert(Controls.BadKey.selector);
        this.make(0, GUARDIAN, COUNCIL, limits);
        vm.expectRevert(Controls.BadKey.selector);
        this.make(5, GUARDIAN, COUNCIL, limits);
        vm.expectRevert(Controls.BadGuardian.selector);
        this.make(key, address(0), COUNCIL, limits);
        vm.expectRevert(Controls.BadCouncil.selector);
        this.make(key, GUARDIAN, address(0), limits);
        vm.expectRevert(Controls.BadGuardian.selector);
        this.make(key, GUARDIAN, GUARDIAN, limits);
    }

    function test_a_bucket_without_a_window_is_not_made() external {
        Limit[] memory limits = new Limit[](1);
        limits[0] = Limit(NATIVE, 1, 0);
        uint256 key = Signer.keyOf(GROUP);

        vm.expectRevert(Limits.BadLimit.selector);
        this.make(key, GUARDIAN, COUNCIL, limits);
    }

    /// A call, so that its refusal ends here and not the test.
    function make(uint256 key, address guardian, address council, Limit[] calldata limits) external {
        new Vault(key, guardian, council, limits);
    }
}
