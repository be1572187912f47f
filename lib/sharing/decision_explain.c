/* The path of a decision through the steps, as text for the provider.
 *
 * What became of each term is kept with the decision; here it is said in words, a line a field and
 * a line a term that speaks of it. Cost: O(fields x terms that speak of them). */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "sharing/decision.h"

static const char *const levels[] = {
		"", "raw", "pseudonym", "generalised", "aggregated", "noised", "existence"};

static const char *reason_words(int32_t reason)
{
	switch (reason) {
	case CSTN_DECISION_PERMIT:
		return "permitted";
	case CSTN_DECISION_INDETERMINATE:
		return "something asked for is unknown here: path, purpose or operand";
	case CSTN_DECISION_NO_MEMBERSHIP:
		return "a party, or its role, is not in the constellation now";
	case CSTN_DECISION_HOPS:
		return "the data did not come the way the agreements allow";
	case CSTN_DECISION_NO_AGREEMENT:
		return "there is no live agreement";
	case CSTN_DECISION_SUSPENDED:
		return "the agreement is suspended";
	case CSTN_DECISION_PROHIBITED:
		return "a prohibition applies";
	case CSTN_DECISION_NO_PERMIT:
		return "no permission applies";
	case CSTN_DECISION_DUTY_PENDING:
		return "a duty that comes before is not done";
	case CSTN_DECISION_DUTY_VIOLATED:
		return "a duty is violated";
	case CSTN_DECISION_CONSIDERATION:
		return "what was promised in return is overdue or unknown";
	case CSTN_DECISION_FIREWALL:
		return "the parties compete: only cells of old data, not to be passed on";
	case CSTN_DECISION_WALL:
		return "the recipient has had the like of a rival";
	case CSTN_DECISION_LEVEL:
		return "finer than what is granted";
	case CSTN_DECISION_BUDGET:
		return "calls, rows or epsilon are spent";
	default:
		return "another field was denied";
	}
}

static const char *outcome_words(enum cstn__outcome outcome)
{
	switch (outcome) {
	case CSTN__OUTCOME_NOT_LIVE:
		return "its agreement is not live";
	case CSTN__OUTCOME_ACTION:
		return "does not speak of the action";
	case CSTN__OUTCOME_PURPOSE:
		return "does not cover the purpose";
	case CSTN__OUTCOME_ROLE:
		return "is for another role";
	case CSTN__OUTCOME_ACCESS_WINDOW:
		return "does not hold at this time";
	case CSTN__OUTCOME_DATA_WINDOW:
		return "is about data of another time or age";
	case CSTN__OUTCOME_FALSE:
		return "its condition is false";
	case CSTN__OUTCOME_UNKNOWN:
		return "its condition is unknown, which permits nothing";
	case CSTN__OUTCOME_CHAIN:
		return "the data did not come the way it allows";
	case CSTN__OUTCOME_PROHIBITS:
		return "prohibits";
	case CSTN__OUTCOME_DUTY_PENDING:
		return "applies; a duty that comes before is not done";
	case CSTN__OUTCOME_DUTY_VIOLATED:
		return "applies; a duty is violated";
	case CSTN__OUTCOME_CONSIDERATION:
		return "applies; what was promised in return is overdue or unknown";
	case CSTN__OUTCOME_PASSES_ADVISED:
		return "passes; what was promised in return is behind, which is only noted";
	default:
		return "passes";
	}
}

static void put_digest(cstn__bytes *out, const uint8_t *digest)
{
	for (int i = 0; i < 6; i++)
		cstn__bytes_put_format(out, "%02x", digest[i]);
}

/* What a term that passes makes of the field. */
static void put_grant(cstn__bytes *out, cstn__case *at, const cstn_id *path,
		const cstn__verdict *told, uint32_t index)
{
	cstn__verdict own = {.classes = told->classes};

	cstn__grant(at, path, index, 0, &own);
	cstn__bytes_put_format(out, ", up to %s", levels[own.granularity.level]);
	if (own.reason != CSTN_DECISION_PERMIT)
		cstn__bytes_put_format(out, ": %s", reason_words(own.reason));
	else if (index == told->rule)
		cstn__bytes_put_text(out, ": taken");
}

static void put_term(cstn__bytes *out, cstn__case *at, const cstn_id *path,
		const cstn__verdict *told, uint32_t index)
{
	const cstn__rule *rule = &at->rules->rules.items[index];
	enum cstn__outcome outcome = cstn__case_outcome(at, index);

	cstn__bytes_put_text(out, rule->prohibits ? "  prohibition " : "  permission ");
	put_digest(out, rule->digest);
	cstn__bytes_put_text(out, " of agreement ");
	put_digest(out, at->rules->agreements.items[rule->agreement].digest);
	cstn__bytes_put_format(out, ": %s", outcome_words(outcome));
	if (outcome >= CSTN__OUTCOME_PASSES)
		put_grant(out, at, path, told, index);
	cstn__bytes_put_u8(out, '\n');
}

static void put_classes(cstn__bytes *out, uint32_t classes)
{
	static const char *const names[] = {"public", "operational", "competitive",
			"names a person", "tells of a person", "special"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (classes >> i & 1)
			cstn__bytes_put_format(out, ", %s", names[i]);
}

/* What of the request nobody knows here: its purpose, or what a fact is of. */
static void put_unknown(cstn__bytes *out, const cstn__case *at)
{
	const cstn_request *request = at->request;
	const cstn_vocabulary *words;

	if (!at->in)
		return;
	words = at->in->vocabulary;
	if (at->purpose == UINT32_MAX) {
		cstn__bytes_put_format(out, "; purpose '%s' is none of the constellation",
				request->purpose.text);
		return;
	}
	for (size_t i = 0; i < request->n_facts; i++) {
		const cstn_fact *fact = &request->facts[i];

		if (cstn_vocabulary_find_operand(words, fact->operand, fact->operand_len) >= 0)
			continue;
		cstn__bytes_put_text(out, "; operand '");
		cstn__bytes_put(out, fact->operand, fact->operand_len);
		cstn__bytes_put_text(out, "' is none of the vocabulary");
	}
}

static void put_field(cstn__bytes *out, cstn__case *at, size_t field, const cstn__verdict *told)
{
	const cstn_id *path = &at->request->paths[field];
	cstn__run runs[2];

	cstn__bytes_put(out, path->text, path->len);
	if (told->reason == CSTN_DECISION_PERMIT)
		cstn__bytes_put_format(out, ": PERMIT, %s", levels[told->granularity.level]);
	else
		cstn__bytes_put_format(out, ": DENY %s, %s",
				cstn_decision_reason_name(told->reason),
				reason_words(told->reason));
	if (told->reason == CSTN_DECISION_INDETERMINATE) {
		if (!at->request->stars[field].len)
			cstn__bytes_put_text(out, "; it is no field, noun.field or noun[].field");
		else
			put_unknown(out, at);
	}
	put_classes(out, told->classes);
	if (told->flags & CSTN_DECISION_FIELD_DOWNGRADED)
		cstn__bytes_put_text(out, "; coarser than asked for");
	if (told->reason == CSTN_DECISION_PERMIT && told->granularity.level == CSTN_LEVEL_NOISED)
		cstn__bytes_put_format(out, "; %" PRIu64 " nano-epsilon of %" PRIu64 " asked for",
				cstn__epsilon_granted(at->request, &told->granularity),
				at->request->nano_epsilon);
	if (told->flags & CSTN_DECISION_FIELD_OVERRIDE)
		cstn__bytes_put_text(out, "; officers have opened the firewall");
	if (told->flags & CSTN_DECISION_FIELD_NO_ONWARD)
		cstn__bytes_put_text(out, "; not to be passed on");
	cstn__bytes_put_u8(out, '\n');
	if (at->reason || !at->request->stars[field].len)
		return;
	cstn__case_matches(at, field, runs);
	for (int r = 0; r < 2; r++)
		for (uint32_t i = runs[r].first; i < runs[r].end; i++)
			put_term(out, at, path, told, at->rules->matches.items[i]);
}

/* Decide again, to have scratch of our own: the one decided is shared. */
cstn_status cstn_decision_explain(
		const cstn_decision *decision, cstn_buffer **out, cstn_error **error)
{
	cstn_decision *own;
	cstn__bytes bytes;
	cstn_status status;

	if (!decision || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				decision ? "out" : "decision");
	status = cstn_decide(decision->rules, decision->request, &own, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&bytes, &decision->allocator);
	cstn__bytes_put_format(&bytes, "%s asks %s in %s for %s, %zu fields\n",
			decision->request->recipient.text, decision->request->provider.text,
			decision->request->constellation.text, decision->request->purpose.text,
			decision->n);
	if (own->at.reason == 0)
		cstn__bytes_put_format(&bytes, "relation %s%s\n",
				cstn_relation_name(own->at.relation),
				own->at.dual ? ", competitors elsewhere" : "");
	for (size_t i = 0; i < own->n; i++)
		put_field(&bytes, &own->at, i, &own->fields[i]);
	cstn_decision_unref(own);
	return cstn__bytes_to_buffer(&bytes, out, error);
}
