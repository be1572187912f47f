"""Which programs a tool that makes programs 10 to 50 times slower runs, and which it leaves to others.

All programs run with gcc, as they are, and nearly all with AddressSanitizer and UndefinedBehaviorSanitizer. What the other
tools are for decides what they run:

- ThreadSanitizer looks for races: programs that start threads, as the stage gcc saw them do.
- valgrind sees the use of values that were never set, which no sanitizer here does: programs that run every function of the
  library that the others run, but for a few; what only repeats them at length is left out.
- s390x is for bytes in files and states, for the arithmetic and for all that loads and stores words: not for argument
  checks, locks and threads.

A program that is not named here runs under every tool. Measured by the functions of lib/ that each program enters, the lists
leave out under 2 % of them for valgrind and under 3 % for s390x; those run with the sanitizers.
"""

# Long loops over alike cases try one in so many, random ones make fewer rounds.
SHORTER = {"sanitize": {"CSTN_TEST_EVERY": "3", "CSTN_FUZZ_ROUNDS": "15"},
           "tsan": {"CSTN_TEST_EVERY": "9", "CSTN_FUZZ_ROUNDS": "4"},
           "valgrind": {"CSTN_TEST_EVERY": "9"},
           "s390x": {"CSTN_TEST_EVERY": "9"}}
# Real data, the kernel against its definition, bad rows in every column of every noun: the longest programs.
LONGEST = {"known_answers", "csv_real_files", "report_real", "perfect_order_kernel_definition",
           "perfect_order_kernel_order", "perfect_order_kernel_split", "network_bad_input_goods",
           "network_bad_input_people", "network_bad_input_company", "network_newer", "demand_global_m5", "demand_extremes",
           "count_acceptance", "forecast_sets", "noise_answers"}
NOT_SANITIZED = {"perfect_order_kernel_order", "perfect_order_kernel_split", "known_answers", "demand_global_m5", "noise_answers"}
NOT_IN_TSAN = (LONGEST - {"perfect_order_kernel_order"}) | {"perfect_order_state_bytes", "perfect_order_fuzzed",
                                                           "store_packed", "demand_global_state"}
NOT_IN_VALGRIND = LONGEST | {
    "base_alloc", "base_map", "base_parallel", "base_row_errors", "base_sort", "base_special", "base_zone", "base_zone_files",
    "base_zone_rules", "csv_cuts", "csv_values", "fulfilment_verdict", "kmeans_fit", "network_import",
    "network_import_columns", "order_verdicts", "perfect_order_fuzzed", "perfect_order_limits", "perfect_order_result",
    "perfect_order_result_interval", "perfect_order_spans", "perfect_order_state", "perfect_order_state_bytes",
    "stage_orders", "stage_worked", "store_backup", "store_block", "store_block_bytes", "store_compact", "store_disk_full",
    "store_key_index", "store_key_slots", "store_log_ops", "store_manifest_rules", "store_packed", "store_salvage",
    "store_segment", "store_segment_damage", "store_snapshot", "store_step", "store_width", "table_column", "table_export",
    "value_math"}
# Forked children are programs of their own to valgrind: what they leave to the parent counts as a leak.
NOT_IN_VALGRIND |= {"store_locks", "network_company"}
# Sharing: what programs of outside vectors, or of storage, run at less length.
NOT_IN_VALGRIND |= {"psi", "psi_cheat", "psi_gate", "psi_log", "psi_runs", "ledger_log", "negotiation"}
# Demand: what other programs of it run on fewer series.
NOT_IN_VALGRIND |= {"demand_global_state", "demand_online_filter", "forecast_acceptance", "signal_answers",
                    "reconcile_answers", "forecast_answers", "demand_lead", "demand_quantiles", "demand_stock",
                    "demand_explain"}
NOT_ON_S390X = LONGEST | {
    "demand_global_state", "demand_online_filter", "forecast_acceptance", "ets_answers", "demand_lead",
    "demand_quantiles", "demand_stock",
    "release_race", "release_secrets",
    "base_alloc", "base_parallel", "base_row_errors", "base_text", "base_zone_rules", "borrowed", "csv_cuts", "csv_values",
    "kmeans_fit", "network_company", "network_import", "network_import_columns", "network_put", "network_scan",
    "network_scan_empty", "network_store", "order_verdicts", "perfect_order_fuzzed", "perfect_order_limits",
    "perfect_order_result_memory", "perfect_order_spans", "perfect_order_state", "perfect_order_state_bytes", "recycle",
    "stage_orders", "stage_worked", "store_absent", "store_backup", "store_disk_full", "store_key_index", "store_locks",
    "store_snapshot", "store_step", "store_vfs", "store_vfs_whole", "table_column", "table_column_broken", "table_schema",
    "value_math", "value_refit"}
# Their lines are run by other tests too.
NOT_COVERED = {"perfect_order_kernel_definition", "perfect_order_kernel_order", "perfect_order_kernel_split", "csv_cuts",
               "perfect_order_fuzzed"}
# The layers of tests/crash as the sanitizers run them: fewer tapes, one in so many faults, flips and crashes.
CRASH_SANITIZED = {"calls": [], "readers": [], "network": ["--effort", "60"], "model": ["--effort", "100"],
                   "flips": ["--every", "400"], "faults": ["--every", "100"], "tools": ["--every", "12"],
                   "states": ["--effort", "600", "--every", "10"], "kill": ["--effort", "10"]}
