/* Transitions of an agreement: who may do what when, their text, their chain.
 *
 * Each names the digest of the one before it, so that a chain that forks is seen: a second
 * successor of one transition is one too many, whichever came first. What is missing or forked
 * suspends, and the failure says so; the signed notes are the evidence.
 *
 * Cost: an Ed25519 verification a signature, O(transitions) for the copy. */
#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/agreement.h"
#include "sharing/note_lines.h"

#define TRANSITION "cstn/transition/v1"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *const cstn__transition_events[6] = {
		"suspend", "resume", "retire", "condition_ended", "supersede", "renew"};
const char *const cstn__causes[5] = {
		"none", "dispute", "duty_overdue", "membership_lapsed", "condition_unknown"};
static const char *const actors[] = {"recipient", "provider"};

const char *cstn_transition_event_name(int32_t event)
{
	return event >= CSTN_TRANSITION_SUSPEND && event <= CSTN_TRANSITION_RENEW
			       ? cstn__transition_events[event - CSTN_TRANSITION_SUSPEND]
			       : "";
}

const char *cstn_cause_name(int32_t cause)
{
	return cause >= CSTN_CAUSE_NONE && cause <= CSTN_CAUSE_CONDITION_UNKNOWN
			       ? cstn__causes[cause]
			       : "";
}

/* --- fields ----------------------------------------------------------------------------------- */

static int has_cause(int32_t event)
{
	return event == CSTN_TRANSITION_SUSPEND || event == CSTN_TRANSITION_RESUME;
}

/* What a transition must be, whatever it is applied to. */
static cstn_status check_fields(const cstn_transition *t, cstn_error **error)
{
	if (!*cstn_transition_event_name(t->event) || !*cstn_actor_name(t->actor))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"event %d, actor %d; 1..6 and 1..2 expected", t->event, t->actor);
	if (!*cstn_cause_name(t->cause) || (t->cause != CSTN_CAUSE_NONE) != has_cause(t->event))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cause %d of '%s'; suspend and resume have one of 1..4, others 0",
				t->cause, cstn_transition_event_name(t->event));
	if (t->event != CSTN_TRANSITION_RETIRE && t->effective_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"effective_us %" PRId64 " of '%s', 0 expected", t->effective_us,
				cstn_transition_event_name(t->event));
	if ((t->event == CSTN_TRANSITION_SUPERSEDE) == cstn__digest_is_zero(t->successor))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"supersede names a successor, and nothing else does");
	if (t->reason_len > CSTN_REASON_MOST || (!t->reason && t->reason_len) ||
			(t->reason && !cstn__line_text_is_valid(t->reason, t->reason_len)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the reason is not one line of at most %d bytes of UTF-8",
				CSTN_REASON_MOST);
	return CSTN_OK;
}

static cstn_status check_filled(const cstn_transition *t, cstn_error **error)
{
	cstn_status status = check_fields(t, error);

	if (status == CSTN_OK && (!*cstn_agreement_state_name(t->from) ||
						 !*cstn_agreement_state_name(t->to) || !t->seq ||
						 t->seq > INT64_MAX))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"from %d, to %d, seq %" PRIu64 "; see cstn_agreement_draft()",
				t->from, t->to, t->seq);
	if (status == CSTN_OK && t->seq == 1 &&
			memcmp(t->previous, t->agreement, sizeof(t->previous)) != 0)
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the first transition does not follow the agreement");
	return status;
}

static cstn_status read_struct(
		const cstn_transition *given, cstn_transition *out, cstn_error **error)
{
	if (!given)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "transition is NULL");
	return cstn__options_read(given, sizeof(*out), sizeof(*out), UINT32_MAX, "cstn_transition",
			out, error);
}

/* --- text ------------------------------------------------------------------------------------- */

cstn_status cstn_transition_format(const cstn_transition *transition,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_transition t;
	cstn__bytes text;
	cstn_status status;

	if (!out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "out is NULL");
	status = read_struct(transition, &t, error);
	if (status == CSTN_OK)
		status = check_filled(&t, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&text, &memory);
	cstn__bytes_put_text(&text, TRANSITION "\n");
	cstn__lines_put_hex(&text, "agreement", t.agreement, sizeof(t.agreement));
	cstn__lines_put_i64(&text, "seq", (int64_t)t.seq);
	cstn__bytes_put_format(&text, "from %s\nto %s\nevent %s\nactor %s\n",
			cstn_agreement_state_name(t.from), cstn_agreement_state_name(t.to),
			cstn_transition_event_name(t.event), cstn_actor_name(t.actor));
	cstn__lines_put_i64(&text, "at_us", t.at_us);
	cstn__bytes_put_format(&text, "cause %s\n", cstn_cause_name(t.cause));
	cstn__lines_put_i64(&text, "effective_us", t.effective_us);
	cstn__lines_put_hex(&text, "successor", t.successor, sizeof(t.successor));
	cstn__lines_put_text(&text, "reason", t.reason ? t.reason : "", t.reason_len);
	cstn__lines_put_hex(&text, "previous", t.previous, sizeof(t.previous));
	return cstn__bytes_to_buffer(&text, out, error);
}

static cstn_status parse(const char *text, size_t len, cstn_transition *t, cstn_error **error)
{
	cstn_status status;
	cstn__lines lines;
	int64_t seq;

	memset(t, 0, sizeof(*t));
	t->struct_size = sizeof(*t);
	cstn__lines_open(&lines, text, len, TRANSITION, error);
	cstn__lines_hex(&lines, "agreement", t->agreement, sizeof(t->agreement));
	cstn__lines_i64(&lines, "seq", &seq);
	cstn__lines_word(&lines, "from", cstn__agreement_states, COUNT(cstn__agreement_states),
			&t->from);
	cstn__lines_word(&lines, "to", cstn__agreement_states, COUNT(cstn__agreement_states),
			&t->to);
	cstn__lines_word(&lines, "event", cstn__transition_events, COUNT(cstn__transition_events),
			&t->event);
	cstn__lines_word(&lines, "actor", actors, COUNT(actors), &t->actor);
	cstn__lines_i64(&lines, "at_us", &t->at_us);
	cstn__lines_word(&lines, "cause", cstn__causes, COUNT(cstn__causes), &t->cause);
	cstn__lines_i64(&lines, "effective_us", &t->effective_us);
	cstn__lines_hex(&lines, "successor", t->successor, sizeof(t->successor));
	cstn__lines_text(&lines, "reason", 0, CSTN_REASON_MOST, &t->reason, &t->reason_len);
	cstn__lines_hex(&lines, "previous", t->previous, sizeof(t->previous));
	status = cstn__lines_end(&lines);
	if (status != CSTN_OK)
		return status;
	t->seq = seq > 0 ? (uint64_t)seq : 0;
	t->from += CSTN_AGREEMENT_PENDING;
	t->to += CSTN_AGREEMENT_PENDING;
	t->event += CSTN_TRANSITION_SUSPEND;
	t->actor += CSTN_ACTOR_RECIPIENT;
	status = check_filled(t, error);
	return status == CSTN_E_INVALID_ARGUMENT ? cstn__fail_format(error) : status;
}

cstn_status cstn_transition_parse(
		const char *text, size_t text_len, cstn_transition *out, cstn_error **error)
{
	cstn_transition t;
	cstn_status status;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				text ? "out" : "text");
	status = parse(text, text_len, &t, error);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&t, sizeof(t), sizeof(t), "cstn_transition", out, error);
}

cstn_status cstn_transition_sign(const cstn_transition *transition, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_buffer *text = NULL;
	cstn_status status;

	if (!signer || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				signer ? "out" : "signer");
	status = cstn_transition_format(transition, allocator, &text, error);
	return status == CSTN_OK ? cstn__sign_text(text, signer, allocator, out, error) : status;
}

/* --- notes ------------------------------------------------------------------------------------ */

cstn_status cstn__signed_transition_new(const char *note, size_t len, size_t text_len,
		const cstn_allocator *memory, cstn__signed_transition **out, cstn_error **error)
{
	cstn__signed_transition *made = cstn__alloc_zero(memory, sizeof(*made) + len + 1);
	cstn_status status;

	if (!made)
		return cstn__fail_nomem(error);
	made->memory = *memory;
	atomic_init(&made->references, 1);
	made->size = sizeof(*made) + len + 1;
	made->note_len = len;
	memcpy(made->note, note, len);
	cstn__sha256(made->note, text_len, made->digest);
	status = parse(made->note, text_len, &made->transition, error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn__signed_transition_unref(made);
	return status;
}

void cstn__signed_transition_unref(cstn__signed_transition *transition)
{
	cstn_allocator memory;

	if (!transition || atomic_fetch_sub_explicit(
					   &transition->references, 1, memory_order_acq_rel) != 1)
		return;
	memory = transition->memory;
	cstn__free(&memory, transition, transition->size);
}

/* --- the machine ------------------------------------------------------------------------------ */

#define IN(state) (1u << (state))
#define LIVE                                                                                     \
	(IN(CSTN_AGREEMENT_PENDING) | IN(CSTN_AGREEMENT_ACTIVE) | IN(CSTN_AGREEMENT_SUSPENDED) | \
			IN(CSTN_AGREEMENT_RETIRING))

/* The states that each event can come in. */
static const uint32_t allowed[] = {IN(CSTN_AGREEMENT_ACTIVE), IN(CSTN_AGREEMENT_SUSPENDED),
		IN(CSTN_AGREEMENT_PENDING) | IN(CSTN_AGREEMENT_ACTIVE) |
				IN(CSTN_AGREEMENT_SUSPENDED),
		IN(CSTN_AGREEMENT_ACTIVE) | IN(CSTN_AGREEMENT_SUSPENDED) |
				IN(CSTN_AGREEMENT_RETIRING),
		IN(CSTN_AGREEMENT_ACTIVE) | IN(CSTN_AGREEMENT_SUSPENDED), LIVE};

static cstn_status refuse(
		const cstn_transition *t, int32_t state, const char *why, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_STATE, "the %s cannot '%s' in state %s%s",
			cstn_actor_name(t->actor), cstn_transition_event_name(t->event),
			cstn_agreement_state_name(state), why);
}

static cstn_status check_resume(const cstn__chain *c, const cstn_transition_options *o,
		const cstn_transition *t, int trust, cstn_error **error)
{
	if (t->cause != c->cause)
		return refuse(t, c->state, ": it is suspended for another cause", error);
	if (trust || t->actor == c->suspended_by)
		return CSTN_OK;
	if (t->cause != CSTN_CAUSE_DISPUTE && o->cured >> t->cause & 1)
		return CSTN_OK;
	return refuse(t, c->state, ": the other side suspended it", error);
}

static cstn_status check_retire(const cstn_agreement_body *b, const cstn__chain *c,
		const cstn_transition *t, cstn_error **error)
{
	int64_t earliest;

	if (!(b->retire_by & (t->actor == CSTN_ACTOR_PROVIDER ? CSTN_BY_PROVIDER
							      : CSTN_BY_RECIPIENT)))
		return refuse(t, c->state, ": the agreement does not allow him to", error);
	if (__builtin_add_overflow(t->at_us, b->notice_us, &earliest))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"at_us %" PRId64 " and notice_us %" PRId64 " overflow int64",
				t->at_us, b->notice_us);
	if (t->effective_us < earliest)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"effective_us %" PRId64
				" is before the end of the notice, %" PRId64,
				t->effective_us, earliest);
	return CSTN_OK;
}

static cstn_status check_successor(const cstn_agreement *a, const cstn_transition_options *o,
		const cstn_transition *t, cstn_error **error)
{
	const cstn__signed_body *next = o->successor ? o->successor->body : NULL;

	if (!next || memcmp(next->digest, t->successor, CSTN__DIGEST) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the successor that it names is not given");
	if (memcmp(next->body.predecessor, a->body->digest, CSTN__DIGEST) != 0 ||
			strcmp(next->provider, a->body->provider) != 0 ||
			strcmp(next->recipient, a->body->recipient) != 0 ||
			strcmp(next->constellation, a->body->constellation) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the successor does not name this agreement as its predecessor");
	return CSTN_OK;
}

static cstn_status check_condition(
		const cstn_agreement *a, const cstn_transition *t, cstn_error **error)
{
	const char *condition = a->body->condition;

	if (!*condition)
		return cstn__fail(error, CSTN_E_STATE, "the agreement names no condition");
	if (strlen(condition) != t->reason_len || memcmp(condition, t->reason, t->reason_len) != 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the condition is '%s', not '%.*s'", condition, (int)t->reason_len,
				t->reason ? t->reason : "");
	return CSTN_OK;
}

/* May the actor do it in the state `c`? With `trust` it was asked before. */
static cstn_status check_step(const cstn_agreement *a, const cstn_transition_options *o, int trust,
		const cstn__chain *c, const cstn_transition *t, cstn_error **error)
{
	if (!(allowed[t->event - CSTN_TRANSITION_SUSPEND] & IN(c->state)))
		return refuse(t, c->state, "", error);
	if (a->n >= CSTN_TRANSITIONS_MOST &&
			(has_cause(t->event) || t->event == CSTN_TRANSITION_RENEW))
		return cstn__fail(error, CSTN_E_LIMIT, "%zu transitions; at most %d", a->n,
				CSTN_TRANSITIONS_MOST);
	switch (t->event) {
	case CSTN_TRANSITION_RESUME:
		return check_resume(c, o, t, trust, error);
	case CSTN_TRANSITION_RETIRE:
		return check_retire(&a->body->body, c, t, error);
	case CSTN_TRANSITION_CONDITION_ENDED:
		return check_condition(a, t, error);
	case CSTN_TRANSITION_SUPERSEDE:
		return trust ? CSTN_OK : check_successor(a, o, t, error);
	default:
		return CSTN_OK;
	}
}

/* The chain `c` behind a step that was allowed. */
static cstn__chain step(cstn__chain c, const cstn_transition *t)
{
	const int32_t before = c.state;

	if (t->at_us > c.last_us)
		c.last_us = t->at_us;
	if (t->event == CSTN_TRANSITION_RENEW)
		return c;
	c.cause = CSTN_CAUSE_NONE;
	c.suspended_by = 0;
	c.effective_us = 0;
	switch (t->event) {
	case CSTN_TRANSITION_SUSPEND:
		c.state = CSTN_AGREEMENT_SUSPENDED;
		c.cause = t->cause;
		c.suspended_by = t->actor;
		break;
	case CSTN_TRANSITION_RESUME:
		c.state = CSTN_AGREEMENT_ACTIVE;
		break;
	case CSTN_TRANSITION_RETIRE:
		c.state = CSTN_AGREEMENT_RETIRING;
		c.from_active = before == CSTN_AGREEMENT_ACTIVE;
		c.effective_us = t->effective_us;
		break;
	default:
		c.state = t->event == CSTN_TRANSITION_SUPERSEDE ? CSTN_AGREEMENT_SUPERSEDED
								: CSTN_AGREEMENT_CONDITION_ENDED;
		c.ended_us = c.last_us;
	}
	return c;
}

cstn_status cstn__chain_step(const cstn_agreement *agreement,
		const cstn_transition_options *options, int trust, cstn_transition *t,
		cstn__chain *after, cstn_error **error)
{
	cstn__chain before = cstn__chain_at(&agreement->body->body, &agreement->chain, t->at_us);
	cstn_status status = check_fields(t, error);

	if (status == CSTN_OK)
		status = check_step(agreement, options, trust, &before, t, error);
	if (status != CSTN_OK)
		return status;
	*after = step(before, t);
	t->from = before.state;
	t->to = after->state;
	t->seq = agreement->n + 1;
	memcpy(t->agreement, agreement->body->digest, sizeof(t->agreement));
	memcpy(t->previous, cstn__agreement_last(agreement), sizeof(t->previous));
	return CSTN_OK;
}

static cstn_status read_options(const cstn_transition_options *given, cstn_transition_options *out,
		cstn_error **error)
{
	cstn_status status = cstn__options_read(given, sizeof(*out), sizeof(*out), 0,
			"cstn_transition_options", out, error);

	if (status == CSTN_OK &&
			(out->reserved0 ||
					out->cured & ~(IN(CSTN_CAUSE_DUTY_OVERDUE) |
								     IN(CSTN_CAUSE_MEMBERSHIP_LAPSED) |
								     IN(CSTN_CAUSE_CONDITION_UNKNOWN))))
		status = cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"cured has bits 0x%x; those of causes 2..4 expected", out->cured);
	return status;
}

cstn_status cstn_agreement_draft(const cstn_agreement *agreement,
		const cstn_transition_options *options, cstn_transition *transition,
		cstn_error **error)
{
	cstn_transition_options o;
	cstn__chain after;
	cstn_transition t;
	cstn_status status;

	if (!agreement)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "agreement is NULL");
	status = read_options(options, &o, error);
	if (status == CSTN_OK)
		status = read_struct(transition, &t, error);
	if (status != CSTN_OK)
		return status;
	if (agreement->seen > agreement->n)
		return cstn__fail(error, CSTN_E_MISSING,
				"transition %zu is missing; %" PRIu64 " is known", agreement->n + 1,
				agreement->seen);
	status = cstn__chain_step(agreement, &o, 0, &t, &after, error);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&t, sizeof(t), sizeof(t), "cstn_transition", transition, error);
}

/* --- applying --------------------------------------------------------------------------------- */

/* The agreement with a hold, beside the failure `status`. */
static cstn_status hold(const cstn_agreement *a, const cstn__signed_transition *s,
		cstn_status status, cstn_agreement **out, cstn_error **error)
{
	cstn_agreement *made = cstn__agreement_copy(a, NULL);

	if (!made)
		return cstn__fail_nomem(error);
	if (status == CSTN_E_SPLIT_VIEW)
		made->split = 1;
	else if (s->transition.seq > made->seen)
		made->seen = s->transition.seq;
	*out = made;
	if (status == CSTN_E_MISSING)
		return cstn__fail(error, status, "transition %zu is missing before %" PRIu64,
				a->n + 1, s->transition.seq);
	return cstn__fail(error, status, "transition %" PRIu64 " has two successors",
			s->transition.seq > a->n ? (uint64_t)a->n - 1 : s->transition.seq - 1);
}

static cstn_status append(const cstn_agreement *a, const cstn_transition_options *o,
		cstn__signed_transition *s, cstn_agreement **out, cstn_error **error)
{
	cstn_transition t = s->transition;
	cstn_agreement *made;
	cstn__chain after;
	cstn_status status = cstn__chain_step(a, o, 0, &t, &after, error);

	if (status != CSTN_OK)
		return status;
	if (t.from != s->transition.from || t.to != s->transition.to)
		return cstn__fail(error, CSTN_E_STATE, "it leads from %s to %s, not from %s to %s",
				cstn_agreement_state_name(t.from), cstn_agreement_state_name(t.to),
				cstn_agreement_state_name(s->transition.from),
				cstn_agreement_state_name(s->transition.to));
	made = cstn__agreement_copy(a, s);
	if (!made)
		return cstn__fail_nomem(error);
	made->chain = after;
	if (made->seen < made->n)
		made->seen = made->n;
	*out = made;
	return CSTN_OK;
}

/* A transition whose signature was verified. */
static cstn_status place(const cstn_agreement *a, const cstn_transition_options *o,
		cstn__signed_transition *s, cstn_agreement **out, cstn_error **error)
{
	const uint64_t seq = s->transition.seq;

	if (seq <= a->n) {
		if (memcmp(a->transitions[seq - 1]->digest, s->digest, CSTN__DIGEST) != 0)
			return hold(a, s, CSTN_E_SPLIT_VIEW, out, error);
		*out = cstn_agreement_ref((cstn_agreement *)(uintptr_t)a);
		return CSTN_OK;
	}
	if (seq > a->n + 1)
		return hold(a, s, CSTN_E_MISSING, out, error);
	if (memcmp(s->transition.previous, cstn__agreement_last(a), CSTN__DIGEST) != 0)
		return hold(a, s, CSTN_E_SPLIT_VIEW, out, error);
	return append(a, o, s, out, error);
}

static cstn_status verify(const cstn_agreement *a, const cstn__signed_transition *s,
		const cstn_party_keys *keys, cstn_error **error)
{
	const cstn_transition *t = &s->transition;
	cstn_note *opened = NULL;
	cstn_status status;

	if (memcmp(t->agreement, a->body->digest, CSTN__DIGEST) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "the transition is of another agreement");
	status = cstn_party_keys_open(keys, s->note, s->note_len,
			t->actor == CSTN_ACTOR_PROVIDER ? a->body->provider : a->body->recipient,
			CSTN_PARTY_KEY_SIGN, t->at_us, 1, &a->memory, &opened, error);
	cstn_note_free(opened);
	return status;
}

cstn_status cstn_agreement_apply(const cstn_agreement *agreement, const char *note, size_t note_len,
		const cstn_party_keys *keys, const cstn_transition_options *options,
		cstn_agreement **out, cstn_error **error)
{
	cstn__signed_transition *s = NULL;
	cstn_transition_options o;
	cstn_status status;
	size_t len;

	if (!agreement || !note || !keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"agreement, note, keys or out is NULL");
	status = read_options(options, &o, error);
	if (status == CSTN_OK && note_len > CSTN_NOTE_MOST)
		status = cstn__fail(error, CSTN_E_LIMIT, "a note of %zu bytes; at most %d",
				note_len, CSTN_NOTE_MOST);
	if (status == CSTN_OK)
		status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn__signed_transition_new(
				note, note_len, len, &agreement->memory, &s, error);
	if (status == CSTN_OK)
		status = verify(agreement, s, keys, error);
	if (status == CSTN_OK)
		status = place(agreement, &o, s, out, error);
	cstn__signed_transition_unref(s);
	return status;
}

size_t cstn_agreement_transition_count(const cstn_agreement *agreement)
{
	return agreement ? agreement->n : 0;
}

cstn_status cstn_agreement_get_transition(const cstn_agreement *agreement, size_t index,
		cstn_transition *out, cstn_error **error)
{
	if (!agreement || index >= agreement->n)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "transition %zu of %zu", index,
				cstn_agreement_transition_count(agreement));
	return cstn__output_write(&agreement->transitions[index]->transition, sizeof(*out),
			sizeof(*out), "cstn_transition", out, error);
}

const char *cstn_agreement_transition_note(
		const cstn_agreement *agreement, size_t index, size_t *len)
{
	const cstn__signed_transition *s = index < cstn_agreement_transition_count(agreement)
							   ? agreement->transitions[index]
							   : NULL;

	if (len)
		*len = s ? s->note_len : 0;
	return s ? s->note : "";
}
