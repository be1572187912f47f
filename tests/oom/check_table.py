#!/usr/bin/env python3
"""Every public function that can run out of memory is made to, or stands here with the reason why it cannot.

usage: check_table.py    Compares the CSTN_API functions that take an allocator or an error, or that make something,
with the names in the case tables of tests/oom/oom_*.c.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import public_headers

NO_ALLOCATION = "allocates nothing: its only memory is the error object, which has a static stand-in"
LIBC = "takes no allocator: the block is libc's, and NULL says that there was none"
EXEMPT = {
    "cstn_arrow_array_new": LIBC,
    "cstn_arrow_schema_new": LIBC,
    "cstn_arrow_stream_new": LIBC,
    "cstn_arrow_stream_from_array": "takes no allocator: its one small block is libc's",
    "cstn_quantile": "takes no allocator: its copy of the values is libc's",
    "cstn_value_tiles": "takes no allocator: its ranks are libc's",
    "cstn_condition_evaluate": NO_ALLOCATION,
    "cstn_constraint_describe": NO_ALLOCATION,
    "cstn_constraint_evaluate": NO_ALLOCATION,
    "cstn_currency_scale": NO_ALLOCATION,
    "cstn_decision_field_at": NO_ALLOCATION,
    "cstn_decision_obligation_at": NO_ALLOCATION,
    "cstn_decision_reservation_at": NO_ALLOCATION,
    "cstn_customer_stage_at": NO_ALLOCATION,
    "cstn_customer_value_expected": NO_ALLOCATION,
    "cstn_customer_value_get_param": NO_ALLOCATION,
    "cstn_customer_value_pmf": NO_ALLOCATION,
    "cstn_days_from_civil": NO_ALLOCATION,
    "cstn_decimal_multiply": NO_ALLOCATION,
    "cstn_decimal_parse": NO_ALLOCATION,
    "cstn_count_quantiles": NO_ALLOCATION,
    "cstn_forecast_metric": NO_ALLOCATION,
    "cstn_demand_model_forecast_one": NO_ALLOCATION,
    "cstn_demand_model_size": NO_ALLOCATION,
    "cstn_signal_model_forecast_one": NO_ALLOCATION,
    "cstn_signal_model_size": NO_ALLOCATION,
    "cstn_theta_filter": NO_ALLOCATION,
    "cstn_theta_fit": NO_ALLOCATION,
    "cstn_kmeans_get_param": NO_ALLOCATION,
    "cstn_kmeans_cells_get_param": NO_ALLOCATION,
    "cstn_prototypes_get_param": NO_ALLOCATION,
    "cstn_demand_global_get_param": NO_ALLOCATION,
    "cstn_demand_global_state_get_param": NO_ALLOCATION,
    "cstn_decimal_rescale": NO_ALLOCATION,
    "cstn_loyalty_judge": NO_ALLOCATION,
    "cstn_loyalty_post_stratified": NO_ALLOCATION,
    "cstn_loyalty_share": NO_ALLOCATION,
    "cstn_log_sync": NO_ALLOCATION,
    "cstn_merkle_hash_children": NO_ALLOCATION,
    "cstn_merkle_hash_entry": NO_ALLOCATION,
    "cstn_merkle_verify_consistency": NO_ALLOCATION,
    "cstn_merkle_verify_inclusion": NO_ALLOCATION,
    "cstn_note_key_check": NO_ALLOCATION,
    "cstn_checkpoint_parse": NO_ALLOCATION,
    "cstn_term_builder_set_access_window": NO_ALLOCATION,
    "cstn_term_builder_set_actions": NO_ALLOCATION,
    "cstn_term_builder_set_constraint": NO_ALLOCATION,
    "cstn_term_builder_set_effect": NO_ALLOCATION,
    "cstn_term_builder_set_flags": NO_ALLOCATION,
    "cstn_net_promoter": NO_ALLOCATION,
    "cstn_privacy_budget_spent": NO_ALLOCATION,
    "cstn_value_reciprocal_state": NO_ALLOCATION,
    "cstn_value_reciprocity": NO_ALLOCATION,
    "cstn_network_get_info": NO_ALLOCATION,
    "cstn_network_sync": NO_ALLOCATION,
    "cstn_perfect_order_result_component": NO_ALLOCATION,
    "cstn_perfect_order_result_lever": NO_ALLOCATION,
    "cstn_perfect_order_result_rate": NO_ALLOCATION,
    "cstn_rate_difference": NO_ALLOCATION,
    "cstn_rate_interval": NO_ALLOCATION,
    "cstn_record_builder_set_double": NO_ALLOCATION,
    "cstn_record_builder_set_int": NO_ALLOCATION,
    "cstn_record_builder_set_null": NO_ALLOCATION,
    "cstn_rfm_get_param": NO_ALLOCATION,
    "cstn_row_errors_at": NO_ALLOCATION,
    "cstn_service_plan_at": NO_ALLOCATION,
    "cstn_service_policy_get": NO_ALLOCATION,
    "cstn_stage_summary_value": NO_ALLOCATION,
    "cstn_agreement_draft": NO_ALLOCATION,
    "cstn_agreement_get_body": NO_ALLOCATION,
    "cstn_agreement_get_info": NO_ALLOCATION,
    "cstn_agreement_get_transition": NO_ALLOCATION,
    "cstn_agreement_store_find": NO_ALLOCATION,
    "cstn_agreement_store_get": NO_ALLOCATION,
    "cstn_agreement_store_range": NO_ALLOCATION,
    "cstn_negotiation_get_info": NO_ALLOCATION,
    "cstn_negotiation_message_parse": NO_ALLOCATION,
    "cstn_odrl_component_at": NO_ALLOCATION,
    "cstn_odrl_rule_at": NO_ALLOCATION,
    "cstn_party_keys_at": NO_ALLOCATION,
    "cstn_party_keys_valid": NO_ALLOCATION,
    "cstn_receipt_parse": NO_ALLOCATION,
    "cstn_release_receipt_get": NO_ALLOCATION,
    "cstn_transition_parse": NO_ALLOCATION,
    "cstn_waiver_parse": NO_ALLOCATION,
    "cstn_time_parse": NO_ALLOCATION,
    "cstn_vault_backup": "copies files outside the vault: as cstn_network_backup, which runs out",
    "cstn_vault_close": "that of the store it lies on, as cstn_network_close, which runs out",
    "cstn_vault_commitment": NO_ALLOCATION,
    "cstn_vault_pseudonym": NO_ALLOCATION,
    "cstn_vocabulary_operand_at": NO_ALLOCATION,
    "cstn_path_check": NO_ALLOCATION,
    "cstn_zone_from_wall": NO_ALLOCATION,
}


def concerned():
    return {
        name
        for name, declaration in public_headers.functions().items()
        if "cstn_error **" in declaration or "cstn_allocator *" in declaration or name.endswith("_new")
        or name == "cstn_arrow_stream_from_array"
    }


def made_to_fail():
    found = set()
    for source in HERE.glob("oom_*.c"):
        tables = re.findall(r"const oom_case \w+\[\] = \{(.*?)^\};", source.read_text(), flags=re.S | re.M)
        found |= set(re.findall(r"\bcstn_\w+", " ".join(re.findall(r'"([^"]*)"', " ".join(tables)))))
    return found


def main():
    wanted, done = concerned(), made_to_fail()
    problems = [f"{name}: no case makes it run out of memory" for name in sorted(wanted - done - set(EXEMPT))]
    problems += [f"{name}: has a case and an exemption" for name in sorted(done & set(EXEMPT))]
    problems += [f"{name}: exempt, but not declared" for name in sorted(set(EXEMPT) - set(public_headers.functions()))]
    problems += [f"{name}: has a case, but is not declared" for name in sorted(done - set(public_headers.functions()))]
    print("\n".join(problems) or f"{len(done)} functions run out of memory, {len(EXEMPT)} cannot")
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    main()
