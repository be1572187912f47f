"""Which programs a tool that makes programs 10 to 50 times slower runs, and which it leaves to others.

All programs run with gcc, as they are, and nearly all with AddressSanitizer and UndefinedBehaviorSanitizer. What the other
tools are for decides what they run:

- ThreadSanitizer looks for races: programs that start threads, as the stage gcc saw them do.
- valgrind sees the use of values that were never set, which no sanitizer here does: the programs that run nearly every
  function of the library in the least time; what only repeats them at length is left out.
- s390x is for bytes in files and states, for the arithmetic and for all that loads and stores words: not for argument
  checks, locks and threads.

A program that is not named here runs under every tool. Measured by the functions of lib/ that each program enters (counters of
-fsanitize=fuzzer-no-link, 279 programs, 5,193 functions), the lists leave out less than 5 % of them for valgrind and for s390x;
those run with the sanitizers. Everything at full length: `tests/run --long STAGE...`.
"""

# Long loops over alike cases try one in so many, random ones make fewer rounds.
SHORTER = {"sanitize": {"CSTN_TEST_EVERY": "9", "CSTN_FUZZ_ROUNDS": "15"},
           "tsan": {"CSTN_TEST_EVERY": "27", "CSTN_FUZZ_ROUNDS": "4"},
           "valgrind": {"CSTN_TEST_EVERY": "27"},
           "s390x": {"CSTN_TEST_EVERY": "27"}}
# Real data, the kernel against its definition, bad rows in every column of every noun: the longest programs.
LONGEST = {"known_answers", "csv_real_files", "report_real", "perfect_order_kernel_definition",
           "perfect_order_kernel_order", "perfect_order_kernel_split", "network_bad_input_goods",
           "network_bad_input_people", "network_bad_input_company", "network_newer", "demand_global_m5", "demand_extremes",
           "count_acceptance", "forecast_sets", "noise_answers"}
NOT_SANITIZED = {"perfect_order_kernel_order", "perfect_order_kernel_split", "known_answers", "demand_global_m5", "noise_answers"}
NOT_IN_TSAN = (LONGEST - {"perfect_order_kernel_order"}) | {"perfect_order_state_bytes", "perfect_order_fuzzed",
                                                           "store_packed", "demand_global_state"}
# What these run is run by other programs in less time, but for few functions.
COSTLY = {
    "agreement_model", "base_alloc", "base_parallel", "base_row_errors", "base_text", "base_zone_rules", "car_parts",
    "consent", "count_acceptance", "csv_cuts", "csv_real_files", "csv_values", "customer_value", "decision_odrl",
    "demand_answers", "demand_calibrate", "demand_cancel", "demand_count", "demand_cut", "demand_explain",
    "demand_extremes", "demand_global", "demand_global_level", "demand_global_local", "demand_global_m5",
    "demand_global_state", "demand_late", "demand_lead", "demand_level", "demand_online_filter", "demand_quantiles",
    "demand_regress", "demand_regress_m5", "demand_regress_plain", "demand_stock", "demand_trees", "event_correct",
    "forecast_acceptance", "forecast_answers", "forecast_metrics", "forecast_sets", "forecast_tables",
    "fulfilment_policy_weight", "fulfilment_unit", "fulfilment_verdict", "journey_oracle", "kmeans_fit",
    "known_answers", "ledger_log", "network_bad_input_company", "network_bad_input_goods", "network_bad_input_people",
    "network_import", "network_import_columns", "network_newer", "noise_answers", "perfect_order_fuzzed",
    "perfect_order_kernel_definition", "perfect_order_kernel_order", "perfect_order_kernel_split",
    "perfect_order_limits", "perfect_order_result", "perfect_order_result_interval", "perfect_order_result_memory",
    "perfect_order_result_weight", "perfect_order_spans", "perfect_order_state_bytes", "plan_menu", "privacy_answers",
    "prototypes_fit", "psi", "psi_cheat", "psi_log", "psi_runs", "receipt", "reconcile_answers", "reconcile_passes",
    "release_budget", "release_coarser", "release_race", "release_rows", "release_secrets", "release_tokens",
    "settled", "shapley_answers", "sharing_put", "sharing_rows", "signal_answers", "signal_core", "signal_spread",
    "stage_at", "stage_orders", "stage_replay", "stage_rules", "stage_state", "stage_worked", "store_absent",
    "store_backup", "store_block", "store_compact", "store_dead_rows", "store_disk_full", "store_key_file",
    "store_key_index", "store_key_recovery", "store_key_slots", "store_packed", "store_replay", "store_salvage",
    "store_segment_damage", "store_snapshot", "store_step", "store_verify", "store_whole_row", "store_width",
    "table_column", "table_export", "table_ids", "term_order", "value_math", "value_refit"}
# Forked children are programs of their own to valgrind: what they leave to the parent counts as a leak.
FORKING = {"store_locks", "network_company"}
# Its long double has 64 bits.
ROUNDED = {"base_special"}
NOT_IN_VALGRIND = COSTLY | FORKING | ROUNDED | {
    "base_bits", "base_calendar", "base_envelope", "base_error", "base_hash", "base_map", "base_rate", "base_sort",
    "base_stats", "base_time", "base_zone", "base_zone_files", "canonical_json_answers", "constraint_compiled",
    "decision_properties", "demand_filter", "demand_online", "event_epcis_refused", "fulfilment_evidence",
    "kmeans_cells", "kmeans_pass", "ledger_answers", "ledger_storage", "loyalty_state", "negotiation", "oprf_answers",
    "perfect_order_packed", "privacy_noise", "release_checksum", "shared_log", "store_block_bytes",
    "store_compact_memory", "store_log", "store_log_ops", "store_manifest", "store_manifest_rules", "store_memory",
    "store_segment", "table_column_text", "vault_answers", "vault_erase"}
# Digests of states, bytes of files and the arithmetic stay, whatever they cost.
NOT_ON_S390X = COSTLY | {
    "borrowed", "canonical_json", "decision", "ets_answers", "event_epcis", "negotiation_answers", "network_company",
    "network_put", "network_scan", "network_scan_empty", "network_store", "order_verdicts", "perfect_order_state",
    "recycle", "store_locks", "store_vfs", "store_vfs_whole", "table_column_broken", "table_schema", "vault"}
# Their lines are run by other tests too.
NOT_COVERED = {"perfect_order_kernel_definition", "perfect_order_kernel_order", "perfect_order_kernel_split", "csv_cuts",
               "perfect_order_fuzzed"}
# The layers of tests/crash as the sanitizers run them: fewer tapes, one in so many faults, flips and crashes.
CRASH_SANITIZED = {"calls": [], "readers": [], "network": ["--effort", "60"], "model": ["--effort", "100"],
                   "flips": ["--every", "400"], "faults": ["--every", "100"], "tools": ["--every", "12"],
                   "states": ["--effort", "600", "--every", "10"], "vault": ["--effort", "400", "--every", "20"],
                   "kill": ["--effort", "10"]}
# Programs of their own that crash what lies above the store.
CRASHES_ABOVE = ("crash_release", "crash_sharing", "crash_shared_log")


def at_length():
    """Everything, wherever it can run: `tests/run --long`."""
    for less in (NOT_SANITIZED, NOT_IN_TSAN, NOT_IN_VALGRIND, NOT_ON_S390X, *SHORTER.values(), *CRASH_SANITIZED.values()):
        less.clear()
    NOT_IN_VALGRIND.update(FORKING | ROUNDED)
