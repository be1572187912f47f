/* Agreements: what both signed, and what it is at an instant.
 *
 * A value is one block that shares the signed notes with the values before and behind it. The chain
 * is what both sides agree on; clock events are computed from it when they are asked for. Holds lie
 * over the chain: they are of this side alone, so they have no place in it, and they end by
 * themselves when their cause does. A derived agreement holds its parent's value, so that whatever
 * ends the parent, its clock too, is seen through it.
 *
 * Cost: O(1) a question and parent; O(transitions) a copy. */
#include "sharing/agreement.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "sharing/note_lines.h"

#define BODY "cstn/agreement/v1"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

const char *const cstn__agreement_states[8] = {"PENDING", "ACTIVE", "SUSPENDED", "RETIRING",
		"RETIRED", "EXPIRED", "CONDITION_ENDED", "SUPERSEDED"};
static const char *const retirers[] = {"none", "recipient", "provider", "both"};

int cstn__digest_is_zero(const uint8_t *digest)
{
	static const uint8_t zero[CSTN__DIGEST];

	return memcmp(digest, zero, sizeof(zero)) == 0;
}

/* --- bodies ----------------------------------------------------------------------------------- */

static cstn_status check_body(const cstn_agreement_body *b, cstn_error **error)
{
	size_t len = b->condition ? strlen(b->condition) : 0;
	cstn_status status = cstn__id_check_text(b->provider, "provider", error);

	if (status == CSTN_OK)
		status = cstn__id_check_text(b->recipient, "recipient", error);
	if (status == CSTN_OK)
		status = cstn__id_check_text(b->constellation, "constellation", error);
	if (status != CSTN_OK)
		return status;
	if (strcmp(b->provider, b->recipient) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' is provider and recipient",
				b->provider);
	if (b->retire_by >= COUNT(retirers))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "retire_by has unknown bits 0x%x",
				b->retire_by);
	if (len > CSTN_CONDITION_MOST ||
			(b->condition && !cstn__line_text_is_valid(b->condition, len)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the condition is not one line of at most %d bytes of UTF-8",
				CSTN_CONDITION_MOST);
	if (b->valid_until_us <= b->valid_from_us)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"valid_until_us %" PRId64
				" is not later than valid_from_us %" PRId64,
				b->valid_until_us, b->valid_from_us);
	if (b->notice_us < 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"notice_us is %" PRId64 ", 0 or more expected", b->notice_us);
	return CSTN_OK;
}

cstn_status cstn_agreement_body_format(const cstn_agreement_body *body,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_agreement_body b;
	cstn_allocator memory;
	cstn__bytes text;
	cstn_status status;

	if (!body || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				body ? "out" : "body");
	status = cstn__options_read(
			body, sizeof(b), sizeof(b), UINT32_MAX, "cstn_agreement_body", &b, error);
	if (status == CSTN_OK)
		status = check_body(&b, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&text, &memory);
	cstn__bytes_put_format(&text, BODY "\nprovider %s\nrecipient %s\nconstellation %s\n",
			b.provider, b.recipient, b.constellation);
	cstn__lines_put_hex(&text, "terms", b.terms, sizeof(b.terms));
	cstn__lines_put_i64(&text, "made_us", b.made_us);
	cstn__lines_put_i64(&text, "valid_from_us", b.valid_from_us);
	cstn__lines_put_i64(&text, "valid_until_us", b.valid_until_us);
	cstn__lines_put_i64(&text, "notice_us", b.notice_us);
	cstn__bytes_put_format(&text, "retire_by %s\ncondition %s\n", retirers[b.retire_by],
			b.condition ? b.condition : "");
	cstn__lines_put_hex(&text, "parent", b.parent, sizeof(b.parent));
	cstn__lines_put_hex(&text, "predecessor", b.predecessor, sizeof(b.predecessor));
	return cstn__bytes_to_buffer(&text, out, error);
}

/* Fill `s`, whose note is there. */
static cstn_status read_body(cstn__signed_body *s, size_t text_len, cstn_error **error)
{
	cstn_agreement_body *b = &s->body;
	cstn_status status;
	cstn__lines lines;
	int32_t by;

	cstn__lines_open(&lines, s->note, text_len, BODY, error);
	cstn__lines_copy(&lines, "provider", 1, CSTN_ID_MOST, s->provider);
	cstn__lines_copy(&lines, "recipient", 1, CSTN_ID_MOST, s->recipient);
	cstn__lines_copy(&lines, "constellation", 1, CSTN_ID_MOST, s->constellation);
	cstn__lines_hex(&lines, "terms", b->terms, sizeof(b->terms));
	cstn__lines_i64(&lines, "made_us", &b->made_us);
	cstn__lines_i64(&lines, "valid_from_us", &b->valid_from_us);
	cstn__lines_i64(&lines, "valid_until_us", &b->valid_until_us);
	cstn__lines_i64(&lines, "notice_us", &b->notice_us);
	cstn__lines_word(&lines, "retire_by", retirers, COUNT(retirers), &by);
	cstn__lines_copy(&lines, "condition", 0, CSTN_CONDITION_MOST, s->condition);
	cstn__lines_hex(&lines, "parent", b->parent, sizeof(b->parent));
	cstn__lines_hex(&lines, "predecessor", b->predecessor, sizeof(b->predecessor));
	status = cstn__lines_end(&lines);
	if (status != CSTN_OK)
		return status;
	b->struct_size = sizeof(*b);
	b->retire_by = (uint32_t)by;
	b->provider = s->provider;
	b->recipient = s->recipient;
	b->constellation = s->constellation;
	b->condition = s->condition;
	cstn__sha256(s->note, text_len, s->digest);
	status = check_body(b, error);
	return status == CSTN_E_INVALID_ARGUMENT ? cstn__fail_format(error) : status;
}

static void body_unref(cstn__signed_body *body)
{
	cstn_allocator memory;

	if (!body || atomic_fetch_sub_explicit(&body->references, 1, memory_order_acq_rel) != 1)
		return;
	memory = body->memory;
	cstn__free(&memory, body, body->size);
}

/* --- values ----------------------------------------------------------------------------------- */

static size_t size_of(size_t n)
{
	return sizeof(cstn_agreement) + n * sizeof(cstn__signed_transition *);
}

cstn_agreement *cstn_agreement_ref(cstn_agreement *agreement)
{
	if (agreement)
		atomic_fetch_add_explicit(&agreement->references, 1, memory_order_relaxed);
	return agreement;
}

void cstn_agreement_unref(cstn_agreement *agreement)
{
	cstn_allocator memory;
	size_t i;

	if (!agreement || atomic_fetch_sub_explicit(
					  &agreement->references, 1, memory_order_acq_rel) != 1)
		return;
	memory = agreement->memory;
	for (i = 0; i < agreement->n; i++)
		cstn__signed_transition_unref(agreement->transitions[i]);
	cstn_agreement_unref(agreement->parent);
	cstn_term_set_unref(agreement->terms);
	body_unref(agreement->body);
	cstn__free(&memory, agreement, size_of(agreement->n));
}

cstn_agreement *cstn__agreement_copy(
		const cstn_agreement *from, cstn__signed_transition *transition)
{
	size_t n = from->n + (transition != NULL), i;
	cstn_agreement *made = cstn__alloc(&from->memory, size_of(n));

	if (!made)
		return NULL;
	memcpy(made, from, size_of(from->n));
	atomic_init(&made->references, 1);
	if (transition)
		made->transitions[from->n] = transition;
	made->n = n;
	for (i = 0; i < n; i++)
		atomic_fetch_add_explicit(
				&made->transitions[i]->references, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&made->body->references, 1, memory_order_relaxed);
	cstn_agreement_ref(made->parent);
	cstn_term_set_ref(made->terms);
	return made;
}

cstn_status cstn__agreement_new(const char *note, size_t len, const cstn_allocator *memory,
		cstn_agreement **out, cstn_error **error)
{
	cstn__signed_body *body;
	cstn_agreement *made;
	cstn_status status;
	size_t text_len;

	if (len > CSTN_NOTE_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "a note of %zu bytes; at most %d", len,
				CSTN_NOTE_MOST);
	status = cstn__note_text(note, len, &text_len, error);
	if (status != CSTN_OK)
		return status;
	body = cstn__alloc_zero(memory, sizeof(*body) + len + 1);
	if (!body)
		return cstn__fail_nomem(error);
	body->memory = *memory;
	atomic_init(&body->references, 1);
	body->size = sizeof(*body) + len + 1;
	body->note_len = len;
	memcpy(body->note, note, len);
	status = read_body(body, text_len, error);
	made = status == CSTN_OK ? cstn__alloc_zero(memory, size_of(0)) : NULL;
	if (status == CSTN_OK && !made)
		status = cstn__fail_nomem(error);
	if (status != CSTN_OK) {
		body_unref(body);
		return status;
	}
	made->memory = *memory;
	atomic_init(&made->references, 1);
	made->body = body;
	made->chain.state = CSTN_AGREEMENT_PENDING;
	made->chain.last_us = body->body.made_us;
	*out = made;
	return CSTN_OK;
}

/* Is it what the negotiation came to? */
static cstn_status check_negotiation(const cstn_agreement_body *b,
		const cstn_negotiation *negotiation, cstn_error **error)
{
	cstn_negotiation_info n = CSTN_NEGOTIATION_INFO_INIT;
	cstn_status status = cstn_negotiation_get_info(negotiation, &n, error);

	if (status != CSTN_OK)
		return status;
	if (n.state != CSTN_NEGOTIATION_FINALIZED)
		return cstn__fail(error, CSTN_E_STATE, "the negotiation is %s, FINALIZED expected",
				cstn_negotiation_state_name(n.state));
	if (strcmp(n.provider, b->provider) != 0 || strcmp(n.recipient, b->recipient) != 0 ||
			strcmp(n.constellation, b->constellation) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the agreement is of '%s', '%s' in '%s', the negotiation of '%s', "
				"'%s' in '%s'",
				b->provider, b->recipient, b->constellation, n.provider,
				n.recipient, n.constellation);
	if (memcmp(n.digest, b->terms, sizeof(n.digest)) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"the agreement has other terms than the negotiation");
	return CSTN_OK;
}

static cstn_status check_signatures(
		const cstn_agreement *a, const cstn_party_keys *keys, cstn_error **error)
{
	const cstn__signed_body *s = a->body;
	const char *const parties[] = {s->provider, s->recipient};
	cstn_status status = CSTN_OK;
	size_t i;

	for (i = 0; i < 2 && status == CSTN_OK; i++) {
		cstn_note *opened = NULL;

		status = cstn_party_keys_open(keys, s->note, s->note_len, parties[i],
				CSTN_PARTY_KEY_SIGN, s->body.made_us, 1, &a->memory, &opened,
				error);
		cstn_note_free(opened);
	}
	return status;
}

cstn_status cstn_agreement_open(const char *note, size_t note_len, const cstn_party_keys *keys,
		const cstn_negotiation *negotiation, const cstn_allocator *allocator,
		cstn_agreement **out, cstn_error **error)
{
	cstn_agreement *made = NULL;
	cstn_allocator memory;
	cstn_status status;

	if (!note || !keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "note, keys or out is NULL");
	status = cstn__allocator_read(allocator, &memory, error);
	if (status == CSTN_OK)
		status = cstn__agreement_new(note, note_len, &memory, &made, error);
	if (status == CSTN_OK)
		status = check_signatures(made, keys, error);
	if (status == CSTN_OK && negotiation)
		status = check_negotiation(&made->body->body, negotiation, error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_agreement_unref(made);
	return status;
}

/* The bits of a body for whom a term lets end it. */
static uint32_t bits_of(int32_t by)
{
	return (by & CSTN_REVOCATION_PROVIDER ? CSTN_BY_PROVIDER : 0) |
	       (by & CSTN_REVOCATION_RECIPIENT ? CSTN_BY_RECIPIENT : 0);
}

/* Nobody may retire the agreement whom one of its permissions does not let, nor with less notice.
 */
static cstn_status check_revocation(
		const cstn_agreement_body *b, const cstn_term_set *terms, cstn_error **error)
{
	size_t i;

	for (i = 0; i < cstn_term_set_count(terms); i++) {
		const cstn_term_view *term = cstn_term_components(cstn_term_set_at(terms, i));
		const uint32_t more = b->retire_by & ~bits_of(term->revocation->by);

		if (term->effect == CSTN_EFFECT_PROHIBIT)
			continue;
		if (more)
			return cstn__fail(error, CSTN_E_MISMATCH,
					"term %zu, revocation: the agreement lets the %s retire "
					"it, "
					"the term does not",
					i, more & CSTN_BY_PROVIDER ? "provider" : "recipient");
		if (b->retire_by && b->notice_us < term->revocation->notice_us)
			return cstn__fail(error, CSTN_E_MISMATCH,
					"term %zu, revocation: the agreement has a notice of "
					"%" PRId64 " us, the term one of %" PRId64,
					i, b->notice_us, term->revocation->notice_us);
	}
	return CSTN_OK;
}

cstn_status cstn_agreement_with_terms(const cstn_agreement *agreement, cstn_term_set *terms,
		cstn_agreement **out, cstn_error **error)
{
	uint8_t digest[CSTN_TERM_DIGEST_SIZE];
	cstn_agreement *made;
	cstn_status status;

	if (!agreement || !terms || !out)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "agreement, terms or out is NULL");
	cstn_term_set_digest(terms, digest);
	if (memcmp(digest, agreement->body->body.terms, sizeof(digest)) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "the agreement is of other terms");
	status = check_revocation(&agreement->body->body, terms, error);
	if (status != CSTN_OK)
		return status;
	made = cstn__agreement_copy(agreement, NULL);
	if (!made)
		return cstn__fail_nomem(error);
	cstn_term_set_unref(made->terms);
	made->terms = cstn_term_set_ref(terms);
	*out = made;
	return CSTN_OK;
}

cstn_term_set *cstn_agreement_terms(const cstn_agreement *agreement)
{
	return agreement ? agreement->terms : NULL;
}

cstn_status cstn__agreement_link(const cstn_agreement *agreement, cstn_agreement *parent,
		cstn_agreement **out, cstn_error **error)
{
	const cstn__signed_body *b = agreement->body, *p = parent->body;
	cstn_agreement *made;

	if (memcmp(b->body.parent, p->digest, CSTN__DIGEST) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH, "the agreement names another parent");
	if (strcmp(b->provider, p->recipient) != 0 ||
			strcmp(b->constellation, p->constellation) != 0)
		return cstn__fail(error, CSTN_E_MISMATCH,
				"'%s' passes on in '%s' what '%s' receives in '%s'", b->provider,
				b->constellation, p->recipient, p->constellation);
	if (parent->depth >= CSTN_AGREEMENT_DEPTH_MOST)
		return cstn__fail(error, CSTN_E_LIMIT, "more than %d agreements above it",
				CSTN_AGREEMENT_DEPTH_MOST);
	made = cstn__agreement_copy(agreement, NULL);
	if (!made)
		return cstn__fail_nomem(error);
	cstn_agreement_unref(made->parent);
	made->parent = cstn_agreement_ref(parent);
	made->depth = parent->depth + 1;
	*out = made;
	return CSTN_OK;
}

static cstn_status check_within(const cstn_agreement *a, const cstn_agreement *parent,
		const cstn_vocabulary *vocabulary, cstn_error **error)
{
	int32_t within, component;
	cstn_status status;
	size_t index;

	if (!a->terms || !parent->terms)
		return cstn__fail(error, CSTN_E_MISSING, "the terms of the %s were not given",
				a->terms ? "parent" : "agreement");
	status = cstn_term_set_is_within(
			a->terms, parent->terms, vocabulary, &within, &index, &component, error);
	if (status == CSTN_OK && !within)
		status = cstn__fail(error, CSTN_E_MISMATCH,
				"term %zu is within none of the parent's: %s", index,
				cstn_term_component_name(component));
	return status;
}

cstn_status cstn_agreement_derive(const cstn_agreement *agreement, cstn_agreement *parent,
		const cstn_vocabulary *vocabulary, cstn_agreement **out, cstn_error **error)
{
	cstn_agreement *made = NULL;
	cstn_status status;

	if (!agreement || !parent || !out)
		return cstn__fail(
				error, CSTN_E_INVALID_ARGUMENT, "agreement, parent or out is NULL");
	status = cstn__agreement_link(agreement, parent, &made, error);
	if (status == CSTN_OK)
		status = check_within(agreement, parent, vocabulary, error);
	if (status == CSTN_OK)
		*out = made;
	else
		cstn_agreement_unref(made);
	return status;
}

/* --- questions -------------------------------------------------------------------------------- */

int cstn__state_is_terminal(int32_t state)
{
	return state >= CSTN_AGREEMENT_RETIRED;
}

cstn__chain cstn__chain_at(
		const cstn_agreement_body *body, const cstn__chain *chain, int64_t now_us)
{
	const int64_t until_us = body->valid_until_us;
	cstn__chain c = *chain;
	int retired, expired;

	if (cstn__state_is_terminal(c.state))
		return c;
	if (now_us < c.last_us)
		now_us = c.last_us;
	retired = c.state == CSTN_AGREEMENT_RETIRING && now_us >= c.effective_us;
	expired = until_us != INT64_MAX && now_us >= until_us;
	if (expired && (!retired || until_us <= c.effective_us)) {
		c.state = CSTN_AGREEMENT_EXPIRED;
		c.ended_us = until_us;
		c.effective_us = 0;
	} else if (retired) {
		c.state = CSTN_AGREEMENT_RETIRED;
		c.ended_us = c.effective_us;
	} else if (c.state == CSTN_AGREEMENT_PENDING && now_us >= body->valid_from_us) {
		c.state = CSTN_AGREEMENT_ACTIVE;
	}
	return c;
}

static uint32_t holds_at(const cstn_agreement *a, int64_t now_us)
{
	uint32_t holds = 0;

	if (a->seen > a->n)
		holds |= CSTN_HOLD_MISSING;
	if (a->split)
		holds |= CSTN_HOLD_SPLIT_VIEW;
	if (!cstn__digest_is_zero(a->body->body.parent) &&
			!cstn_agreement_decides_at(a->parent, now_us))
		holds |= CSTN_HOLD_PARENT;
	return holds;
}

/* What it is at an instant, but for the texts. */
static cstn_agreement_info info_at(const cstn_agreement *a, int64_t now_us)
{
	cstn__chain c = cstn__chain_at(&a->body->body, &a->chain, now_us);
	cstn_agreement_info info = CSTN_AGREEMENT_INFO_INIT;

	info.state = info.chain_state = c.state;
	info.seq = a->n;
	info.effective_us = c.effective_us;
	info.ended_us = c.ended_us;
	memcpy(info.last, cstn__agreement_last(a), sizeof(info.last));
	if (cstn__state_is_terminal(c.state))
		return info;
	info.holds = holds_at(a, now_us);
	if (c.state == CSTN_AGREEMENT_SUSPENDED) {
		info.cause = c.cause;
		info.suspended_by = c.suspended_by;
	} else if (info.holds) {
		info.state = CSTN_AGREEMENT_SUSPENDED;
		info.cause = CSTN_CAUSE_CONDITION_UNKNOWN;
	} else {
		info.decides = c.state == CSTN_AGREEMENT_ACTIVE ||
			       (c.state == CSTN_AGREEMENT_RETIRING && c.from_active);
	}
	return info;
}

const uint8_t *cstn__agreement_last(const cstn_agreement *agreement)
{
	return agreement->n ? agreement->transitions[agreement->n - 1]->digest
			    : agreement->body->digest;
}

int32_t cstn_agreement_state_at(const cstn_agreement *agreement, int64_t now_us)
{
	return agreement ? info_at(agreement, now_us).state : 0;
}

int32_t cstn_agreement_decides_at(const cstn_agreement *agreement, int64_t now_us)
{
	return agreement ? info_at(agreement, now_us).decides : 0;
}

cstn_status cstn_agreement_get_info(const cstn_agreement *agreement, int64_t now_us,
		cstn_agreement_info *out, cstn_error **error)
{
	cstn_agreement_info info;

	if (!agreement)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "agreement is NULL");
	info = info_at(agreement, now_us);
	return cstn__output_write(
			&info, sizeof(info), sizeof(info), "cstn_agreement_info", out, error);
}

cstn_status cstn_agreement_get_body(
		const cstn_agreement *agreement, cstn_agreement_body *out, cstn_error **error)
{
	if (!agreement)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "agreement is NULL");
	return cstn__output_write(&agreement->body->body, sizeof(*out), sizeof(*out),
			"cstn_agreement_body", out, error);
}

const uint8_t *cstn_agreement_digest(const cstn_agreement *agreement)
{
	return agreement ? agreement->body->digest : NULL;
}

const char *cstn_agreement_note(const cstn_agreement *agreement, size_t *len)
{
	if (len)
		*len = agreement ? agreement->body->note_len : 0;
	return agreement ? agreement->body->note : "";
}

const char *cstn_agreement_state_name(int32_t state)
{
	return state >= CSTN_AGREEMENT_PENDING && state <= CSTN_AGREEMENT_SUPERSEDED
			       ? cstn__agreement_states[state - CSTN_AGREEMENT_PENDING]
			       : "";
}

int32_t cstn_agreement_duty_is_live(const cstn_agreement *agreement, const char *action,
		int64_t until_us, int64_t now_us)
{
	static const char *const surviving[] = {"delete", "destroy_key", "return", "pay"};
	size_t i;

	if (!agreement || !action)
		return 0;
	if (!cstn__state_is_terminal(cstn_agreement_state_at(agreement, now_us)))
		return 1;
	for (i = 0; i < COUNT(surviving); i++)
		if (strcmp(action, surviving[i]) == 0)
			return 1;
	return strcmp(action, "confidential") == 0 && (until_us == INT64_MAX || now_us < until_us);
}
