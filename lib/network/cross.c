/* Rules between two fields of one record, or of one line of it, and what is said of one that is
 * broken: both values and the rule.
 *
 * A rule holds where what it compares is not there: absence is the business of REQUIRED and of the
 * NEEDS rules. Cost: a comparison. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <constellation/status.h>
#include <constellation/time.h>

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
	case CSTN__CROSS_NPS_WHOLE:
		return is_text(a, "nps_answer") && b->valid && b->number > 0 ? CSTN_ROW_FRACTION
									     : 0;
	case CSTN__CROSS_ONLY_CODE:
		if (!a->valid || is_text(b, cross->code))
			return 0;
		return b->valid ? CSTN_ROW_VALUE : CSTN_ROW_NULL;
	case CSTN__CROSS_SCHEME:
		return scheme_rule(a, b);
	default:
		return needs_b(cross, a) && !b->valid ? CSTN_ROW_NULL : 0;
	}
}

/* --- what is said ----------------------------------------------------------------------------- */

static size_t put_value(const cstn__field *field, const cstn__cell *cell, char *buffer, size_t size)
{
	char time[48];
	int len;

	if (field->type == CSTN_TYPE_TEXT)
		len = snprintf(buffer, size, "%.*s", (int)(cell->len > 64 ? 64 : cell->len),
				cell->text);
	else if (field->type == CSTN_TYPE_TIME &&
			cstn_time_format(cell->number, time, sizeof(time)) < sizeof(time))
		len = snprintf(buffer, size, "%s", time);
	else
		len = snprintf(buffer, size, "%" PRId64, cell->number);
	return len < 0 ? 0 : (size_t)len < size ? (size_t)len : size - 1;
}

size_t cstn__cross_text(const cstn__noun *noun, const cstn__cross *cross, uint32_t field,
		const cstn__cell *a, const cstn__cell *b, char buffer[CSTN__CROSS_TEXT])
{
	const cstn__cell *own = field == cross->a ? a : b, *other = field == cross->a ? b : a;
	uint32_t other_field = field == cross->a ? cross->b : cross->a;
	size_t len;
	int more;

	buffer[0] = 0;
	if (!own->valid)
		return 0;
	len = put_value(&noun->fields[field], own, buffer, CSTN__CROSS_TEXT / 2);
	if (!other->valid || cross->kind == CSTN__CROSS_DIFFER)
		return len;
	more = snprintf(buffer + len, CSTN__CROSS_TEXT - len,
			" (%s: ", noun->fields[other_field].name);
	len += more < 0 ? 0 : (size_t)more;
	len += put_value(&noun->fields[other_field], other, buffer + len,
			CSTN__CROSS_TEXT - len - 1);
	buffer[len++] = ')';
	buffer[len] = 0;
	return len;
}

const char *cstn__cross_words(const cstn__cross *cross, int32_t code)
{
	switch (cross->kind) {
	case CSTN__CROSS_BEFORE:
		return "is not after that";
	case CSTN__CROSS_NOT_AFTER:
		return "is before that";
	case CSTN__CROSS_AT_MOST:
		return "is more than that";
	case CSTN__CROSS_DIFFER:
		return "names the record itself";
	case CSTN__CROSS_PERSON:
		return "is given, and only an organisation is a partner";
	case CSTN__CROSS_NPS:
		return code == CSTN_ROW_NULL ? "a value is required of an nps_answer"
					     : "is no answer of 0 to 10";
	case CSTN__CROSS_NPS_WHOLE:
		return "has decimals, and the answer is a whole number";
	case CSTN__CROSS_ONLY_CODE:
		return code == CSTN_ROW_NULL ? "a value is required"
					     : "is another state than the one that goes with it";
	default:
		return NULL;
	}
}
