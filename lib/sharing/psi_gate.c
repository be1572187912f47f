/* The gate of the term: does a signed agreement let one side learn what the other has of this kind?
 *
 * Unknown means no. A term is taken by itself only if nothing of it is left to be asked; what has
 * conditions takes a decision, which asked them. Then the term that the decision names is looked at
 * by the same rules. Of several terms that fit the one with the smallest threshold is taken, the
 * first by its digest.
 *
 * Cost: a look at each term. */
#include <string.h>

#include "base/error.h"
#include "sharing/agreement.h"
#include "sharing/decision.h"
#include "sharing/psi.h"

/* Why a term does not do; the highest is told. */
enum why {
	FITS,
	NO_FIELD,
	NO_PARTIES,
	NO_LEVEL,
	NO_ACTION,
	NO_WINDOW,
	SMALL_KIND,
	OVERLAP,
	CONDITIONS,
	CALLS,
	N_WHYS
};

static const struct {
	const char *reason, *rule;
} whys[N_WHYS] = {
		[NO_FIELD] = {"field", "none names it"},
		[NO_PARTIES] = {"parties", "none that names it is of these parties"},
		[NO_LEVEL] = {"level", "it is not at the level existence"},
		[NO_ACTION] = {"action", "read is not among its actions"},
		[NO_WINDOW] = {"window", "it does not hold now"},
		[SMALL_KIND] = {"small_kind", "it does not acknowledge that all can be tried"},
		[OVERLAP] = {"overlap", "its threshold is above the least overlap"},
		[CONDITIONS] = {"conditions", "it has conditions, which take a decision"},
		[CALLS] = {"calls", "it limits calls, which nothing counts"},
};

typedef struct gate {
	cstn__psi_side *side;
	const cstn_psi_options *options;
	cstn_agreement_body body;
	const char *sender, *receiver; /* parties */
	const char *reason;            /* of a denial */
	int decided;                   /* conditions were asked */
} gate;

static cstn_status deny(gate *at, const char *reason, const char *rule, cstn_error **error)
{
	at->reason = reason;
	return cstn__fail(error, CSTN_E_DENIED, "%s", rule);
}

/* --- a term ----------------------------------------------------------------------------------- */

static int names(const cstn_term_view *view, const char *kind)
{
	for (size_t i = 0; i < view->n_fields; i++)
		if (cstn_path_covers(view->fields[i], strlen(view->fields[i]), kind, strlen(kind)))
			return 1;
	return 0;
}

static int is_of_the_parties(const gate *at, const cstn_term_view *view)
{
	return strcmp(view->provider, at->sender) == 0 &&
	       strcmp(view->constellation, at->body.constellation) == 0 &&
	       (!view->recipient || strcmp(view->recipient, at->receiver) == 0);
}

/* Is there anything of it that only a decision can answer? */
static int has_conditions(const gate *at, const cstn_term_view *view)
{
	const cstn_term_data_window *window = view->data_window;

	for (size_t i = 0; i < view->n_considerations; i++)
		if (view->considerations[i]->kind != CSTN_CONSIDERATION_EXPLICIT_NONE &&
				view->considerations[i]->gate != CSTN_GATE_ADVISE)
			return 1;
	return !cstn__digest_is_zero(at->body.parent) || view->constraint || !view->recipient ||
	       view->n_duties || view->limits->rows || view->limits->rows_in_all ||
	       window->data_from_us != INT64_MIN || window->data_until_us != INT64_MAX ||
	       window->min_age_us != 0 || window->max_age_us != INT64_MAX;
}

static int are_calls_counted(const gate *at, const cstn_term_limits *limits)
{
	return !limits->calls || at->side->network || at->decided ||
	       (at->options->runs && cstn__psi_runs_within(at->options->runs, limits->calls,
						     limits->window_us));
}

static enum why look_at(const gate *at, const cstn_term_view *view)
{
	const cstn__psi_head *head = &at->side->head;
	int64_t now_us = at->options->now_us;

	if (view->effect != CSTN_EFFECT_PERMIT || !names(view, head->kind))
		return NO_FIELD;
	if (!is_of_the_parties(at, view))
		return NO_PARTIES;
	if (view->granularity->level != CSTN_LEVEL_EXISTENCE)
		return NO_LEVEL;
	if (!(view->actions & CSTN_ACTION_READ))
		return NO_ACTION;
	if (now_us < view->valid_from_us || now_us >= view->valid_until_us)
		return NO_WINDOW;
	if (head->flags & CSTN_PSI_SMALL_KIND && !(view->flags & CSTN_TERM_SMALL_KIND_ACKNOWLEDGED))
		return SMALL_KIND;
	if (at->options->least_overlap &&
			(int64_t)at->options->least_overlap < view->granularity->threshold)
		return OVERLAP;
	if (!at->decided && has_conditions(at, view))
		return CONDITIONS;
	return are_calls_counted(at, view->limits) ? FITS : CALLS;
}

/* --- a decision ------------------------------------------------------------------------------- */

static int is_of_this_run(const gate *at, const cstn_request *request)
{
	return strcmp(request->provider.text, at->sender) == 0 &&
	       strcmp(request->recipient.text, at->receiver) == 0 &&
	       strcmp(request->constellation.text, at->body.constellation) == 0 &&
	       request->now_us == at->options->now_us;
}

/* The term by which a decision permits the kind. */
static cstn_status read_decision(gate *at, uint8_t term[CSTN_PSI_DIGEST_SIZE], cstn_error **error)
{
	const cstn_decision *decision = at->options->decision;
	cstn_decision_field field = {.struct_size = sizeof(field)};
	size_t n = cstn_decision_count(decision), i;
	cstn_status status;

	if (!is_of_this_run(at, decision->request))
		return deny(at, "decision",
				"the decision is of other parties, or of another instant", error);
	for (i = 0; i < n; i++) {
		status = cstn_decision_field_at(decision, i, &field, error);
		if (status != CSTN_OK)
			return status;
		if (strcmp(field.path, at->side->head.kind) == 0)
			break;
	}
	if (i == n || field.reason != CSTN_DECISION_PERMIT ||
			field.granularity->level != CSTN_LEVEL_EXISTENCE ||
			memcmp(field.agreement, at->side->head.agreement, CSTN_PSI_DIGEST_SIZE) !=
					0)
		return deny(at, "decision",
				"the decision does not permit the identifiers at the level "
				"existence, by this agreement",
				error);
	memcpy(term, field.term, CSTN_PSI_DIGEST_SIZE);
	at->side->has_decision = 1;
	return cstn_decision_digest(decision, at->side->decision, error);
}

/* --- the agreement ---------------------------------------------------------------------------- */

/* Without a decision a prohibition applies if it may. */
static int is_prohibited(const gate *at, const cstn_term_set *set)
{
	for (size_t i = 0; i < cstn_term_set_count(set) && !at->decided; i++) {
		const cstn_term_view *view = cstn_term_components(cstn_term_set_at(set, i));

		if (view->effect == CSTN_EFFECT_PROHIBIT && names(view, at->side->head.kind) &&
				is_of_the_parties(at, view))
			return 1;
	}
	return 0;
}

static void take(gate *at, const cstn_term *term)
{
	cstn__psi_side *side = at->side;
	const cstn_term_view *view = cstn_term_components(term);
	int64_t threshold = view->granularity->threshold;

	cstn_term_digest(term, side->term);
	side->has_term = 1;
	side->calls = view->limits->calls;
	side->window_us = view->limits->window_us;
	if (!at->options->least_overlap)
		side->head.least_overlap =
				threshold < UINT32_MAX ? (uint32_t)threshold : UINT32_MAX;
}

static cstn_status choose(gate *at, const cstn_term_set *set, cstn_error **error)
{
	uint8_t wanted[CSTN_PSI_DIGEST_SIZE], digest[CSTN_PSI_DIGEST_SIZE];
	const cstn_term *best = NULL;
	enum why why = NO_FIELD;
	int64_t least = INT64_MAX;
	cstn_status status = at->decided ? read_decision(at, wanted, error) : CSTN_OK;

	if (status != CSTN_OK)
		return status;
	if (is_prohibited(at, set))
		return deny(at, "prohibited", "a term of the agreement prohibits it", error);
	for (size_t i = 0; i < cstn_term_set_count(set); i++) {
		const cstn_term *term = cstn_term_set_at(set, i);
		const cstn_term_view *view = cstn_term_components(term);
		enum why one = look_at(at, view);

		cstn_term_digest(term, digest);
		if (at->decided && memcmp(digest, wanted, sizeof(digest)) != 0)
			continue;
		if (one > why)
			why = one;
		if (one == FITS && (!best || view->granularity->threshold < least)) {
			best = term;
			least = view->granularity->threshold;
		}
	}
	if (best) {
		take(at, best);
		return CSTN_OK;
	}
	at->reason = whys[why].reason;
	return cstn__fail(error, CSTN_E_DENIED,
			"no term lets '%s' learn which '%s' are there with '%s': %s", at->receiver,
			at->side->head.kind, at->sender, whys[why].rule);
}

static cstn_status pass(gate *at, cstn_error **error)
{
	const cstn_psi_options *options = at->options;
	const cstn__psi_side *side = at->side;
	int sends = side->is_sender, to_recipient = side->head.direction == CSTN_PSI_TO_RECIPIENT;
	const char *own = sends == to_recipient ? at->body.provider : at->body.recipient;
	const char *other = sends == to_recipient ? at->body.recipient : at->body.provider;

	if (strcmp(own, side->party) != 0 || strcmp(other, side->partner) != 0)
		return deny(at, "parties", "the agreement is of other parties, or the direction",
				error);
	if (!cstn_agreement_decides_at(options->signed_agreement, options->now_us)) {
		at->reason = "agreement";
		return cstn__fail(error, CSTN_E_DENIED, "the agreement is %s",
				cstn_agreement_state_name(cstn_agreement_state_at(
						options->signed_agreement, options->now_us)));
	}
	at->sender = sends ? own : other;
	at->receiver = sends ? other : own;
	at->decided = options->decision != NULL;
	return choose(at, cstn_agreement_terms(options->signed_agreement), error);
}

static int is_id(const char *id)
{
	size_t len = id ? strnlen(id, 65) : 0;

	return len > 0 && len <= 64;
}

static cstn_status check(const cstn_psi_options *options, cstn_error **error)
{
	const uint8_t *digest = cstn_agreement_digest(options->signed_agreement);

	if (!is_id(options->party) || !is_id(options->partner))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"with signed_agreement, party and partner are ids of 1 to 64 "
				"bytes");
	if (options->network && options->log)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"network is in place of log, both are given");
	if (options->agreement && memcmp(options->agreement, digest, CSTN_PSI_DIGEST_SIZE) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"agreement is not the digest of signed_agreement");
	if (!cstn_agreement_terms(options->signed_agreement))
		return cstn__fail(error, CSTN_E_MISSING, "signed_agreement has no terms");
	return CSTN_OK;
}

static cstn_status open_gate(gate *at, cstn_error **error)
{
	const cstn_psi_options *options = at->options;
	cstn__psi_side *side = at->side;
	cstn_status status;

	if (!options->signed_agreement) {
		if (options->network || options->decision)
			return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
					"network and decision need signed_agreement");
		return CSTN_OK;
	}
	status = check(options, error);
	if (status == CSTN_OK)
		status = cstn_agreement_get_body(options->signed_agreement, &at->body, error);
	if (status != CSTN_OK)
		return status;
	memcpy(side->head.agreement, cstn_agreement_digest(options->signed_agreement),
			CSTN_PSI_DIGEST_SIZE);
	strcpy(side->party, options->party);
	strcpy(side->constellation, at->body.constellation);
	if (options->network)
		side->network = cstn_network_ref(options->network);
	return CSTN_OK;
}

cstn_status cstn__psi_term_gate(
		cstn__psi_side *side, const cstn_psi_options *options, cstn_error **error)
{
	gate at = {.side = side, .options = options, .body = CSTN_AGREEMENT_BODY_INIT};
	cstn_error *told = NULL;
	cstn_status status = open_gate(&at, error);

	if (status != CSTN_OK)
		return status;
	if (options->kind_log2 < CSTN_PSI_KIND_LOG2 && !(options->flags & CSTN_PSI_SMALL_KIND))
		status = deny(&at, "small_kind",
				"identifiers with fewer than 2^20 plausible values can all be "
				"tried; both must have signed that",
				&told);
	else if (options->signed_agreement)
		status = pass(&at, &told);
	return cstn__psi_told(side, "open", status, at.reason, told, error);
}
