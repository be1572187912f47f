/* What the clock makes of duties that a network keeps.
 *
 * A pending duty past its deadline is violated, and what follows from it in the term began at that
 * very instant: its own deadline counts from there, and may have passed as well. Nothing has to be
 * stored for that: rows say what was put, and whoever reads them adds the clock. It is stored when
 * one of the chain is put, for then what was put before no longer tells.
 *
 * What was delivered under a term that says so goes when its agreement is retired; a release puts a
 * row of that, and the agreement alone says by when.
 *
 * Invariant: the same rows, agreement and instant give the same chain, stored or not. Cost: O(1) a
 * duty; a point read where the rows are asked. */
#include "sharing/duty_clock.h"

#include "sharing/agreement.h"
#include "sharing/decision.h"
#include "sharing/sharing_checks.h"

int cstn__duty_is_overdue(const cstn__duty_row *row, int64_t now_us)
{
	return row->state == CSTN_DUTY_PENDING && now_us >= row->deadline_us;
}

/* A duty of a term, or the n-th consequence of one; NULL: the term has none there. */
static const cstn_term_duty *duty_at(
		const cstn_term_view *term, uint32_t index, uint32_t consequence)
{
	const cstn_term_duty *duty = index < term->n_duties ? term->duties[index] : NULL;

	for (uint32_t i = 0; i < consequence && duty; i++)
		duty = duty->consequence;
	return duty;
}

int cstn__duty_follow(const cstn_agreement *agreement, const cstn_term_view *term,
		const cstn__duty_row *violated, int64_t at_us, cstn__duty_row *next)
{
	const cstn_agreement_body *body = &agreement->body->body;
	const cstn_term_duty *duty = duty_at(term, violated->index, violated->consequence + 1);

	if (!duty)
		return 0;
	*next = *violated;
	next->consequence++;
	next->state = CSTN_DUTY_PENDING;
	next->deadline_us = cstn__duty_due(duty, body->valid_from_us, body->valid_until_us, at_us);
	memcpy(next->action, duty->action, strlen(duty->action) + 1);
	return 1;
}

int cstn__duty_revoke(cstn__duty_row *row, const cstn_agreement *agreement, int64_t now_us)
{
	const cstn__chain c = cstn__chain_at(&agreement->body->body, &agreement->chain, now_us);

	if (c.state != CSTN_AGREEMENT_RETIRING && c.state != CSTN_AGREEMENT_RETIRED)
		return 0;
	if (row->deadline_us == INT64_MAX)
		row->deadline_us = c.effective_us;
	return 1;
}

/* Nothing is recorded of a duty of the term itself, and its time has passed: it stands as pending
 * since then. */
static int is_neglected(const cstn_agreement *agreement, const cstn_term_view *term,
		cstn__duty_row *row, int64_t now_us)
{
	const cstn_agreement_body *body = &agreement->body->body;
	const cstn_term_duty *duty = duty_at(term, row->index, 0);

	if (!duty || duty->phase == CSTN_DUTY_BEFORE || !cstn__digest_is_zero(row->release))
		return 0;
	row->state = CSTN_DUTY_PENDING;
	row->deadline_us = cstn__duty_due_by_term(duty, body->valid_from_us, body->valid_until_us);
	memcpy(row->action, duty->action, strlen(duty->action) + 1);
	return cstn__duty_is_overdue(row, now_us);
}

/* A row that the clock has violated, and the one that began then. */
static cstn_status store(const cstn__sharing_place *place, cstn__duty_row *violated,
		const cstn__duty_row *next, cstn_error **error)
{
	cstn_status status;

	violated->state = CSTN_DUTY_VIOLATED;
	status = cstn__sharing_duty_log(place, violated, error);
	return status == CSTN_OK ? cstn__sharing_duty_log(place, next, error) : status;
}

cstn_status cstn__duty_walk(const cstn__sharing_place *place, const cstn_agreement *agreement,
		const cstn_term_view *term, const cstn__duty_row *of, int write, uint32_t *last,
		int *found, cstn_error **error)
{
	cstn__duty_row row = *of, next;
	cstn_status status;
	int more;

	row.consequence = 0;
	status = cstn__sharing_duty_find(place->transaction, &row, found, error);
	if (status == CSTN_OK && !*found)
		*found = is_neglected(agreement, term, &row, place->now_us);
	for (more = *found; status == CSTN_OK && more; row = next) {
		*last = row.consequence;
		more = cstn__duty_follow(agreement, term, &row, row.deadline_us, &next);
		if (!more)
			break;
		status = cstn__sharing_duty_find(place->transaction, &next, &more, error);
		if (status != CSTN_OK || more)
			continue;
		more = cstn__duty_is_overdue(&row, place->now_us);
		if (more && write)
			status = store(place, &row, &next, error);
	}
	return status;
}
