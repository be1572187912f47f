/* A term in English words: a line a component, so that a planner and a lawyer see what the digest
 * stands for. Nothing is left out; what is at its default is said too. Cost: O(size). */
#include <inttypes.h>
#include <string.h>

#include <constellation/time.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/constraint.h"
#include "sharing/term.h"

static void put_list(cstn__bytes *out, const char *const *texts, size_t n)
{
	for (size_t i = 0; i < n; i++)
		cstn__bytes_put_format(out, "%s%s", i > 0 ? ", " : "", texts[i]);
}

static void put_instant(cstn__bytes *out, int64_t us)
{
	char text[48];

	cstn_time_format(us, text, sizeof(text));
	cstn__bytes_put_text(out, text);
}

void cstn__duration_put_text(cstn__bytes *out, int64_t us)
{
	static const struct {
		int64_t us;
		const char *one;
	} units[] = {{CSTN_DAY_US, "day"}, {CSTN_DAY_US / 24, "hour"}, {60000000, "minute"},
			{1000000, "second"}, {1000, "millisecond"}, {1, "microsecond"}};
	size_t i = 0;

	while (us % units[i].us != 0)
		i++;
	cstn__bytes_put_format(out, "%" PRId64 " %s%s", us / units[i].us, units[i].one,
			us == units[i].us ? "" : "s");
}

static void put_interval(cstn__bytes *out, int64_t from, int64_t until, const char *always)
{
	if (from == INT64_MIN && until == INT64_MAX) {
		cstn__bytes_put_text(out, always);
		return;
	}
	if (from != INT64_MIN) {
		cstn__bytes_put_text(out, "from ");
		put_instant(out, from);
	}
	if (until != INT64_MAX) {
		cstn__bytes_put_text(out, from != INT64_MIN ? " to before " : "before ");
		put_instant(out, until);
	}
}

static void put_head(cstn__bytes *out, const cstn_term_view *view)
{
	const char *comma = "";

	cstn__bytes_put_format(out, "In constellation %s, %s %s ", view->constellation,
			view->provider,
			view->effect == CSTN_EFFECT_PERMIT ? "permits" : "prohibits");
	if (view->recipient)
		cstn__bytes_put_text(out, view->recipient);
	else {
		cstn__bytes_put_text(out, "every member with the role ");
		for (size_t i = 0; i < view->n_recipient_roles; i++)
			cstn__bytes_put_format(
					out, "%s%s", i > 0 ? " or " : "", view->recipient_roles[i]);
	}
	cstn__bytes_put_text(out, " to ");
	for (size_t i = 0; cstn__action_words[i]; i++)
		if (view->actions >> i & 1) {
			cstn__bytes_put_format(out, "%s%s", comma, cstn__action_words[i]);
			comma = ", ";
		}
	cstn__bytes_put_text(out, ":\n- fields: ");
	put_list(out, view->fields, view->n_fields);
	cstn__bytes_put_format(
			out, "\n- purpose: %s, and what it covers\n- access: ", view->purpose);
	put_interval(out, view->valid_from_us, view->valid_until_us, "at any time");
}

static void put_data_window(cstn__bytes *out, const cstn_term_data_window *window)
{
	cstn__bytes_put_text(out, "\n- data: about ");
	put_interval(out, window->data_from_us, window->data_until_us, "any time");
	if (window->min_age_us > 0) {
		cstn__bytes_put_text(out, ", at least ");
		cstn__duration_put_text(out, window->min_age_us);
		cstn__bytes_put_text(out, " old");
	}
	if (window->max_age_us != INT64_MAX) {
		cstn__bytes_put_text(out, ", at most ");
		cstn__duration_put_text(out, window->max_age_us);
		cstn__bytes_put_text(out, " old");
	}
}

static void put_granularity(cstn__bytes *out, const cstn_term_granularity *is)
{
	cstn__bytes_put_format(out, "\n- granularity: %s", cstn__level_words[is->level]);
	switch (is->level) {
	case CSTN_LEVEL_RAW:
		cstn__bytes_put_text(out, ", the values themselves");
		break;
	case CSTN_LEVEL_PSEUDONYM:
		cstn__bytes_put_format(
				out, ", tokens in place of values, of epoch %" PRId64, is->epoch);
		break;
	case CSTN_LEVEL_GENERALISED:
		cstn__bytes_put_text(out, ", buckets or ancestors in place of values");
		for (size_t i = 0; i < is->n_steps; i++)
			cstn__bytes_put_format(out, "; %s by steps of %" PRId64, is->steps[i]->path,
					is->steps[i]->step);
		break;
	case CSTN_LEVEL_AGGREGATED:
		cstn__bytes_put_format(out,
				", cells of at least %" PRId64 " rows, %" PRId64
				" distinct sensitive values and %" PRId64 " companies, none with "
				"more than %" PRId64 " permille, t-closeness %" PRId64 " permille",
				is->k, is->l, is->contributors, is->max_share_permille,
				is->t_permille);
		break;
	case CSTN_LEVEL_NOISED:
		cstn__bytes_put_format(out,
				", cells with noise for sensitivity %" PRId64 " and %" PRId64
				" nano-epsilon, on a grid of 2^-%" PRId32,
				is->sensitivity, is->nano_epsilon, is->grid_bits);
		break;
	default:
		cstn__bytes_put_text(out, ", whether there is any");
		if (is->threshold > 0)
			cstn__bytes_put_format(out, "; counts below %" PRId64 " are not told",
					is->threshold);
		break;
	}
}

static void put_onward(cstn__bytes *out, const cstn_term_onward *onward)
{
	cstn__bytes_put_text(out, "\n- passing on: ");
	if (onward->to == CSTN_ONWARD_NONE) {
		cstn__bytes_put_text(out, "to nobody");
		return;
	}
	if (onward->to == CSTN_ONWARD_LIST) {
		cstn__bytes_put_text(out, "to ");
		put_list(out, onward->parties, onward->n_parties);
	} else {
		cstn__bytes_put_text(out, "to members of the constellation");
	}
	cstn__bytes_put_format(out, ", over at most %" PRId32 " hop%s", onward->max_hops,
			onward->max_hops == 1 ? "" : "s");
}

static const char *const delivered_words[] = {
		"kept", "deleted", "made unreadable by destroying its key", "returned and deleted"};

static void put_retention(cstn__bytes *out, const cstn_term_retention *retention)
{
	cstn__bytes_put_text(out, "\n- retention: ");
	if (retention->max_us == INT64_MAX) {
		cstn__bytes_put_text(out, "without limit");
		return;
	}
	cstn__bytes_put_text(out, "at most ");
	cstn__duration_put_text(out, retention->max_us);
	cstn__bytes_put_format(out, " from delivery, then %s%s", delivered_words[retention->then],
			retention->proof ? ", with a signed receipt" : "");
}

static void put_revocation(cstn__bytes *out, const cstn_term_revocation *revocation)
{
	static const char *const by[] = {"", "the provider", "the recipient", "either side"};

	cstn__bytes_put_format(out, "\n- revocation: by %s, ", by[revocation->by]);
	if (revocation->notice_us > 0) {
		cstn__bytes_put_text(out, "with a notice of ");
		cstn__duration_put_text(out, revocation->notice_us);
	} else {
		cstn__bytes_put_text(out, "at once");
	}
	cstn__bytes_put_format(
			out, "; what was delivered is %s", delivered_words[revocation->delivered]);
}

static void put_limits(cstn__bytes *out, const cstn_term_limits *limits)
{
	const char *comma = "";

	cstn__bytes_put_text(out, "\n- limits: ");
	if (limits->calls || limits->rows) {
		if (limits->calls)
			cstn__bytes_put_format(out, "%" PRId64 " calls", limits->calls);
		if (limits->rows)
			cstn__bytes_put_format(out, "%s%" PRId64 " rows",
					limits->calls ? " and " : "", limits->rows);
		cstn__bytes_put_text(out, " in each ");
		cstn__duration_put_text(out, limits->window_us);
		comma = "; ";
	}
	if (limits->rows_in_all) {
		cstn__bytes_put_format(
				out, "%s%" PRId64 " rows in all", comma, limits->rows_in_all);
		comma = "; ";
	}
	if (limits->nano_epsilon) {
		cstn__bytes_put_format(out, "%s%" PRId64 " nano-epsilon in each ", comma,
				limits->nano_epsilon);
		cstn__duration_put_text(out, limits->period_us);
		comma = "; ";
	}
	if (!*comma)
		cstn__bytes_put_text(out, "none");
}

static void put_due(cstn__bytes *out, int32_t due, int64_t us)
{
	static const char *const after[] = {"", "", " after the start", " after each release",
			" after the end", " from the start on"};

	if (due == CSTN_DUE_NONE)
		return;
	cstn__bytes_put_text(out, due == CSTN_DUE_AT      ? ", due at "
				  : due == CSTN_DUE_EVERY ? ", due every "
							  : ", due ");
	if (due == CSTN_DUE_AT)
		put_instant(out, us);
	else
		cstn__duration_put_text(out, us);
	cstn__bytes_put_text(out, after[due]);
}

static void put_consideration(cstn__bytes *out, const cstn_term_consideration *is)
{
	char hex[2 * CSTN_TERM_DIGEST_SIZE + 1];

	cstn__bytes_put_text(out, "\n- in return: ");
	switch (is->kind) {
	case CSTN_CONSIDERATION_MONEY:
		cstn__bytes_put_format(out, "%" PRId64 " minor units of %s", is->amount_minor,
				is->currency);
		break;
	case CSTN_CONSIDERATION_RECIPROCAL:
		cstn__hex(is->term, sizeof(is->term), hex);
		cstn__bytes_put_format(out,
				"data under the term %s, at least %" PRId64 " permille complete",
				hex, is->min_completeness_permille);
		if (is->max_staleness_us > 0) {
			cstn__bytes_put_text(out, ", at most ");
			cstn__duration_put_text(out, is->max_staleness_us);
			cstn__bytes_put_text(out, " stale");
		}
		break;
	case CSTN_CONSIDERATION_SERVICE:
		cstn__bytes_put_format(out, "the service %s", is->service);
		break;
	case CSTN_CONSIDERATION_DISCOUNT:
		cstn__bytes_put_format(
				out, "a discount of %" PRId32 " basis points", is->basis_points);
		break;
	default:
		cstn__bytes_put_text(out, "nothing; it is a gift");
		return;
	}
	put_due(out, is->due, is->due_us);
	if (is->grace_us > 0) {
		cstn__bytes_put_text(out, ", with a grace of ");
		cstn__duration_put_text(out, is->grace_us);
	}
	cstn__bytes_put_text(out, is->gate == CSTN_GATE_HARD
						  ? "; while it is overdue or unknown, nothing is "
						    "released"
						  : "; overdue, it is only noted");
}

static void put_duty(cstn__bytes *out, const cstn_term_duty *duty)
{
	static const char *const phases[] = {"", "before a release", "all the time", "afterwards"};

	cstn__bytes_put_text(out, "\n- duty: ");
	for (; duty; duty = duty->consequence) {
		cstn__bytes_put_format(out, "%s, %s", duty->action, phases[duty->phase]);
		put_due(out, duty->due, duty->due_us);
		if (duty->consequence)
			cstn__bytes_put_text(out, "; if that is violated: ");
	}
}

static void put_rest(cstn__bytes *out, const cstn_term_view *view)
{
	char hex[65];

	cstn__bytes_put_text(out, "\n- condition: ");
	if (view->constraint)
		cstn__constraint_put_text(out, view->constraint);
	else
		cstn__bytes_put_text(out, "none");
	cstn__bytes_put_format(
			out, "\n- legal basis: %s", view->legal_basis ? view->legal_basis : "none");
	if (view->flags & CSTN_TERM_DUAL_PAIR_ACKNOWLEDGED)
		cstn__bytes_put_text(out, "\n- acknowledged: the two compete elsewhere");
	if (view->flags & CSTN_TERM_SMALL_KIND_ACKNOWLEDGED)
		cstn__bytes_put_text(out,
				"\n- acknowledged: all values of the identifiers can be tried");
	if (view->flags & CSTN_TERM_PROOF_OF_CONTENT)
		cstn__bytes_put_text(out, "\n- record: a SHA-256 of what leaves");
	for (size_t i = 0; i < view->n_documents; i++) {
		cstn__hex(view->documents[i]->sha256, 32, hex);
		cstn__bytes_put_format(out, "\n- document, not machine-evaluated: %s (SHA-256 %s)",
				view->documents[i]->title, hex);
	}
	cstn__bytes_put_u8(out, '\n');
}

cstn_status cstn_term_text(const cstn_term *term, cstn_buffer **out, cstn_error **error)
{
	const cstn_term_view *view;
	cstn__bytes text;

	if (!term || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "term or out is NULL");
	view = term->view;
	cstn__bytes_init(&text, &term->allocator);
	put_head(&text, view);
	put_data_window(&text, view->data_window);
	put_granularity(&text, view->granularity);
	put_onward(&text, view->onward);
	put_retention(&text, view->retention);
	put_revocation(&text, view->revocation);
	put_limits(&text, view->limits);
	if (view->n_considerations == 0)
		cstn__bytes_put_text(&text, "\n- in return: nothing is said");
	for (size_t i = 0; i < view->n_considerations; i++)
		put_consideration(&text, view->considerations[i]);
	if (view->n_duties == 0)
		cstn__bytes_put_text(&text, "\n- duties: none");
	for (size_t i = 0; i < view->n_duties; i++)
		put_duty(&text, view->duties[i]);
	put_rest(&text, view);
	return cstn__bytes_to_buffer(&text, out, error);
}
