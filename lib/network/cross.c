/* Rules between two fields of one record, or of one line of it.
 *
 * A rule holds where what it compares is not there: absence is the business of REQUIRED and of the
 * NEEDS rules. Cost: a comparison. */
#include <string.h>

#include <constellation/status.h>

#include "network/cells.h"

static int is_text(const cstn__cell *cell, const char *text)
{
	return cell->valid && cell->len == strlen(text) && memcmp(cell->text, text, cell->len) == 0;
}

static int32_t scheme_rule(const cstn__cell *scheme, const cstn__cell *identifier)
{
	uint32_t rule = CSTN__RULE_ID;

	if (!scheme->valid || !identifier->valid)
		return 0;
	if (is_text(scheme, "gln"))
		rule = CSTN__RULE_GLN;
	else if (is_text(scheme, "lei"))
		rule = CSTN__RULE_LEI;
	else if (is_text(scheme, "duns"))
		rule = CSTN__RULE_DUNS;
	return cstn__rule_text(rule, identifier->text, identifier->len);
}

static int32_t compare(uint32_t kind, const cstn__cell *a, const cstn__cell *b)
{
	if (!a->valid || !b->valid)
		return 0;
	if (kind == CSTN__CROSS_BEFORE)
		return a->number < b->number ? 0 : CSTN_ROW_ORDER;
	if (a->number <= b->number)
		return 0;
	return kind == CSTN__CROSS_NOT_AFTER ? CSTN_ROW_ORDER : CSTN_ROW_RANGE;
}

/* Rules that ask for b because of what a says. */
static int needs_b(const cstn__cross *cross, const cstn__cell *a)
{
	switch (cross->kind) {
	case CSTN__CROSS_NEEDS:
		return (int)a->valid;
	case CSTN__CROSS_NEEDS_CODE:
		return is_text(a, cross->code);
	case CSTN__CROSS_NEEDS_SOME:
		return a->valid && a->number > 0;
	case CSTN__CROSS_ONE_OF:
		return !a->valid;
	case CSTN__CROSS_SHARE:
		return a->valid && a->number == 5;
	default:
		return 0;
	}
}

int32_t cstn__cross_check(const cstn__noun *noun, const cstn__cross *cross, const cstn__cell *a,
		const cstn__cell *b, uint32_t *field)
{
	(void)noun;
	*field = cross->b;
	switch (cross->kind) {
	case CSTN__CROSS_AT_MOST:
		*field = cross->a;
		return compare(cross->kind, a, b);
	case CSTN__CROSS_BEFORE:
	case CSTN__CROSS_NOT_AFTER:
		return compare(cross->kind, a, b);
	case CSTN__CROSS_DIFFER:
		return a->valid && b->valid && a->len == b->len && a->len &&
						       memcmp(a->text, b->text, a->len) == 0
				       ? CSTN_ROW_VALUE
				       : 0;
	case CSTN__CROSS_PERSON:
		return is_text(a, "person") && b->valid ? CSTN_ROW_VALUE : 0;
	case CSTN__CROSS_NPS:
		return is_text(a, "nps_answer") && (!b->valid || b->number < 0 || b->number > 10)
				       ? (b->valid ? CSTN_ROW_RANGE : CSTN_ROW_NULL)
				       : 0;
	case CSTN__CROSS_SCHEME:
		return scheme_rule(a, b);
	default:
		return needs_b(cross, a) && !b->valid ? CSTN_ROW_NULL : 0;
	}
}
