#ifndef TESTS_TERM_PARTS_H
#define TESTS_TERM_PARTS_H

#include "sharing/term.h"

/* A term whose components a test may change, in one place. */
typedef struct term_parts {
	cstn_term_view view;
	cstn_term_data_window window;
	cstn_term_granularity granularity;
	cstn_term_onward onward;
	cstn_term_retention retention;
	cstn_term_revocation revocation;
	cstn_term_limits limits;
	cstn_term_consideration consideration;
	cstn_term_duty duty, consequence;
	cstn_term_document document;
	cstn_term_step steps[2];
	const char *fields[4], *parties[4], *roles[2];
	const cstn_term_consideration *considerations[1];
	const cstn_term_duty *duties[1];
	const cstn_term_document *documents[1];
	const cstn_term_step *step_list[2];
} term_parts;

/* beta may read order.* and shipment.eta of acme for replenishment, AGGREGATED, onward to gamma and
 * delta over two hops; every component but the constraint is set. */
void term_parts_parent(term_parts *parts);
/* What beta may give to gamma of it, at the most. */
void term_parts_derived(term_parts *parts);
/* A level, with the least parameters it takes. */
void term_parts_level(term_parts *parts, int32_t level);
/* GENERALISED, order.* by one step and order.qty by another. */
void term_parts_steps(term_parts *parts, int64_t star_step, int64_t field_step);
/* The term; it must be one. */
cstn_term *term_parts_build(const term_parts *parts);

#endif
