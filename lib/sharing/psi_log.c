/* Entries of runs: what each step was let pass by, before it gives anything out, and what was
 * refused.
 *
 * An entry has the gates and the sizes of a step, no value, and not what came out. In a network
 * the steps of a run stand in the party's shared log of the constellation, what was refused in its
 * private log; a plain log has both. Calls that a term limits are counted out of the shared log
 * itself: what is entered is what was used. Two runs at once are told apart by the order of their
 * entries: the one past the limit gives nothing out.
 *
 * Cost: a commit a step; of limited calls a look-up an entry of the window. */
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/canonical_json.h"
#include "sharing/decision.h"
#include "sharing/json_fields.h"
#include "sharing/log_leaf.h"
#include "sharing/psi.h"
#include "sharing/shared_log.h"

#define HEX (2 * CSTN_PSI_DIGEST_SIZE + 1)
#define BATCH 64u
#define ENTRY_VERSION 1

/* --- an entry --------------------------------------------------------------------------------- */

static int set_hex(json_t *tree, const char *name, const uint8_t *data, size_t size)
{
	return json_object_set_new(tree, name, cstn__json_of_hex(data, size));
}

static int set_number(json_t *tree, const char *name, int64_t value)
{
	return json_object_set_new(tree, name, json_integer(value));
}

static int set_gates(json_t *tree, const cstn__psi_side *side)
{
	const cstn__psi_head *head = &side->head;
	json_t *gates = json_object();
	int failed = json_object_set_new(tree, "gates", gates);

	failed |= set_number(gates, "kind_log2", side->options.kind_log2);
	failed |= set_number(gates, "least_overlap", head->least_overlap);
	failed |= json_object_set_new(
			gates, "small_kind", json_boolean(head->flags & CSTN_PSI_SMALL_KIND));
	if (side->has_term)
		failed |= set_hex(gates, "term", side->term, CSTN_PSI_DIGEST_SIZE);
	if (side->has_decision)
		failed |= set_hex(gates, "decision", side->decision, CSTN_PSI_DIGEST_SIZE);
	if (side->calls)
		failed |= set_number(gates, "calls", side->calls) |
			  set_number(gates, "window_us", side->window_us);
	return failed;
}

static int set_sizes(json_t *tree, const cstn__psi_head *head)
{
	json_t *sizes = json_object();
	int failed = json_object_set_new(tree, "sizes", sizes);

	if (head->request_log2)
		failed |= set_number(sizes, "request_log2", head->request_log2);
	if (head->reply_log2)
		failed |= set_number(sizes, "reply_log2", head->reply_log2);
	return failed;
}

/* What an entry has besides type, version and at_us; NULL: out of memory. */
static json_t *fields_of(const cstn__psi_side *side, const char *step, const char *reason)
{
	const cstn__psi_head *head = &side->head;
	json_t *tree = json_pack("{s:s, s:s, s:s, s:s, s:s}", "step", step, "kind", head->kind,
			"mode", head->mode == CSTN_PSI_ITEMS ? "items" : "size", "direction",
			head->direction == CSTN_PSI_TO_RECIPIENT ? "to_recipient" : "to_provider",
			"outcome", reason ? "refused" : "passed");
	int failed;

	if (!tree)
		return NULL;
	failed = set_gates(tree, side) | set_sizes(tree, head) |
		 set_hex(tree, "agreement", head->agreement, CSTN_PSI_DIGEST_SIZE);
	if (head->request_log2)
		failed |= set_hex(tree, "run", head->run, CSTN__PSI_RUN);
	if (side->partner[0])
		failed |= json_object_set_new(tree, "partner", json_string(side->partner));
	if (reason)
		failed |= json_object_set_new(tree, "reason", json_string(reason));
	if (reason && side->constellation[0]) /* the private log is of all constellations */
		failed |= json_object_set_new(
				tree, "constellation", json_string(side->constellation));
	if (!failed)
		return tree;
	json_decref(tree);
	return NULL;
}

static cstn_status append_plain(const cstn__psi_side *side, json_t *tree, cstn_error **error)
{
	cstn__bytes text;
	cstn_status status;

	if (json_object_set_new(tree, "type", json_string(CSTN__LEAF_PSI_RUN)) |
			set_number(tree, "version", ENTRY_VERSION) |
			set_number(tree, "at_us", side->options.now_us))
		return cstn__fail_nomem(error);
	cstn__bytes_init(&text, &side->allocator);
	status = cstn__canonical_json_write(tree, CSTN__CANONICAL_INTEGERS, &text, error);
	if (status == CSTN_OK)
		status = cstn_log_append(side->options.log, text.data, text.size, NULL, error);
	cstn__bytes_free(&text);
	return status;
}

/* `index`: NULL, or receives its place in the shared log. */
static cstn_status enter(const cstn__psi_side *side, const char *step, const char *reason,
		uint64_t *index, cstn_error **error)
{
	cstn__log_leaf leaf = {.party = side->party,
			.party_len = strlen(side->party),
			.constellation = reason ? "" : side->constellation,
			.constellation_len = reason ? 0 : strlen(side->constellation),
			.type = CSTN__LEAF_PSI_RUN,
			.at_us = side->options.now_us,
			.index = index};
	json_t *tree;
	cstn_status status;

	if (!side->options.log && !side->network)
		return CSTN_OK;
	tree = fields_of(side, step, reason);
	if (!tree)
		return cstn__fail_nomem(error);
	leaf.fields = tree;
	status = side->network ? cstn__network_log_leaf(side->network, &leaf, error)
			       : append_plain(side, tree, error);
	json_decref(tree);
	return status;
}

cstn_status cstn__psi_log(
		cstn__psi_side *side, const char *step, const char *reason, cstn_error **error)
{
	return enter(side, step, reason, NULL, error);
}

cstn_status cstn__psi_told(cstn__psi_side *side, const char *step, cstn_status status,
		const char *reason, cstn_error *told, cstn_error **error)
{
	int is_refusal = status == CSTN_E_DENIED || status == CSTN_E_BUDGET ||
			 status == CSTN_E_MISMATCH || status == CSTN_E_PROOF;
	cstn_status entered = is_refusal ? enter(side, step, reason, NULL, error) : CSTN_OK;

	if (entered != CSTN_OK || !error) {
		cstn_error_free(told);
		return entered != CSTN_OK ? entered : status;
	}
	if (told)
		*error = told;
	return status;
}

/* --- calls that a term limits ----------------------------------------------------------------- */

/* Is an entry a run under the term at hand? */
static int is_call(const cstn__psi_side *side, const json_t *entry)
{
	const char *type = json_string_value(json_object_get(entry, "type"));
	const char *step = json_string_value(json_object_get(entry, "step"));
	const char *agreement = json_string_value(json_object_get(entry, "agreement"));
	const char *term =
			json_string_value(json_object_get(json_object_get(entry, "gates"), "term"));
	char of_agreement[HEX], of_term[HEX];

	if (!type || !step || !agreement || !term || strcmp(type, CSTN__LEAF_PSI_RUN) != 0 ||
			strcmp(step, "finish") == 0)
		return 0;
	cstn__hex(side->head.agreement, CSTN_PSI_DIGEST_SIZE, of_agreement);
	cstn__hex(side->term, CSTN_PSI_DIGEST_SIZE, of_term);
	return strcmp(agreement, of_agreement) == 0 && strcmp(term, of_term) == 0;
}

/* Adds the calls among the entries [begin, end) that are not before an instant. Time may have gone
 * back in a log, which its entries say; *is_last: no entry before these can count. */
static cstn_status count_batch(const cstn__psi_side *side, const cstn_shared_log *log,
		uint64_t begin, uint64_t end, int64_t from_us, uint64_t *calls, int *is_last,
		cstn_error **error)
{
	uint64_t ends[BATCH];
	cstn_buffer *bytes = NULL;
	cstn_status status = cstn_shared_log_read(
			log, begin, (size_t)(end - begin), ends, &bytes, error);

	for (size_t i = (size_t)(end - begin); status == CSTN_OK && !*is_last && i-- > 0;) {
		uint64_t from = i ? ends[i - 1] : 0;
		json_t *entry = NULL;

		status = cstn__canonical_json_read((const char *)cstn_buffer_data(bytes) + from,
				(size_t)(ends[i] - from), &entry, error);
		if (status != CSTN_OK)
			break;
		if (json_integer_value(json_object_get(entry, "at_us")) < from_us)
			*is_last = !json_object_get(entry, "non_monotone");
		else
			*calls += (uint64_t)is_call(side, entry);
		json_decref(entry);
	}
	cstn_buffer_free(bytes);
	return status;
}

/* Calls of the window among the entries from `begin` on, up to before `end` or the log's end, which
 * *end receives. */
static cstn_status count_calls(const cstn__psi_side *side, uint64_t begin, uint64_t *end,
		uint64_t *calls, cstn_error **error)
{
	cstn_shared_log *log = NULL;
	int is_last = 0;
	uint64_t at;
	cstn_status status = cstn_shared_log_open(
			side->network, side->party, side->constellation, "psi", &log, error);

	if (status != CSTN_OK)
		return status;
	at = cstn_log_size(cstn_shared_log_tree(log));
	if (*end > at)
		*end = at;
	for (at = *end; at > begin && status == CSTN_OK && !is_last;) {
		uint64_t from = at - begin > BATCH ? at - BATCH : begin;

		status = count_batch(side, log, from, at,
				cstn__limit_window(side->options.now_us, side->window_us), calls,
				&is_last, error);
		at = from;
	}
	cstn_shared_log_free(log);
	return status;
}

static cstn_status spent(const cstn__psi_side *side, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_BUDGET, "all %lld calls of the term's window are spent",
			(long long)side->calls);
}

/* Enter a step and, where the term limits calls, count what was entered before it. */
static cstn_status enter_call(cstn__psi_side *side, const char *step, cstn_error **error)
{
	uint64_t size = UINT64_MAX, index = 0, calls = 0;
	cstn_status status;

	if (!side->calls || !side->network)
		return enter(side, step, NULL, NULL, error);
	status = count_calls(side, 0, &size, &calls, error);
	if (status == CSTN_OK && calls >= (uint64_t)side->calls)
		return spent(side, error);
	if (status == CSTN_OK)
		status = enter(side, step, NULL, &index, error);
	if (status == CSTN_OK && index > size) /* others came between */
		status = count_calls(side, size, &index, &calls, error);
	if (status == CSTN_OK && calls >= (uint64_t)side->calls)
		return spent(side, error);
	return status;
}

cstn_status cstn__psi_gate(cstn__psi_side *side, const char *step, cstn_error **error)
{
	cstn_error *told = NULL;
	cstn_status status = CSTN_OK;

	if (side->options.runs)
		status = cstn__psi_runs_charge(
				side->options.runs, side->partner, side->options.now_us, &told);
	if (status == CSTN_OK) {
		status = enter_call(side, step, &told);
		if (status != CSTN_OK && side->options.runs)
			cstn__psi_runs_return(side->options.runs, side->partner);
	}
	return cstn__psi_told(side, step, status, "runs", told, error);
}
