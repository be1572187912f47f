/* Segments by name: ordered rules of score ranges, the first that holds wins, else OTHER.
 *
 * A line is `name | R | F | M`. Ranges are scores 1..100: `4`, `4-5`, or `*` for any. Rules of one
 * name make one segment. */
#include <string.h>

#include "base/text.h"
#include "segment/rfm_model.h"

#define RULES_MOST 1000
#define NAME_MOST 64

static const struct {
	const char *name, *text;
} shipped[] = {
		{"ten-segments", "# Ten segments over five bins: recency | frequency | monetary\n"
				 "Champions           | 4-5 | 4-5 | 4-5\n"
				 "Loyal               | 2-5 | 3-5 | 3-5\n"
				 "Potential Loyalist  | 3-5 | 1-3 | 1-3\n"
				 "New                 | 4-5 | 1   | 1\n"
				 "Promising           | 3-4 | 1   | 1\n"
				 "Need Attention      | 2-3 | 2-3 | 2-3\n"
				 "About To Sleep      | 2-3 | 1-2 | 1-2\n"
				 "At Risk             | 1-2 | 2-5 | 2-5\n"
				 "Cannot Lose         | 1   | 4-5 | 4-5\n"
				 "Lost                | 1-2 | 1-2 | 1-2\n"},
		{"abc-xyz", "# Value A B C by monetary, steadiness X Y Z by frequency, over three "
			    "bins\n"
			    "AX | * | 3 | 3\n"
			    "AY | * | 2 | 3\n"
			    "AZ | * | 1 | 3\n"
			    "BX | * | 3 | 2\n"
			    "BY | * | 2 | 2\n"
			    "BZ | * | 1 | 2\n"
			    "CX | * | 3 | 1\n"
			    "CY | * | 2 | 1\n"
			    "CZ | * | 1 | 1\n"},
		{"prime-sustain-manage", "# Whom to win more of, whom to keep, whom to serve at "
					 "low cost; five bins\n"
					 "Prime   | 3-5 | 4-5 | 4-5\n"
					 "Sustain | 3-5 | 2-5 | 2-5\n"
					 "Sustain | 1-2 | 3-5 | 3-5\n"
					 "Manage  | *   | *   | *\n"},
};

const char *cstn_rfm_rules(const char *name)
{
	size_t i;

	for (i = 0; name && i < sizeof(shipped) / sizeof(shipped[0]); i++)
		if (strcmp(shipped[i].name, name) == 0)
			return shipped[i].text;
	return NULL;
}

/* --- reading ---------------------------------------------------------------------------------- */

typedef struct piece {
	const char *text;
	size_t len;
} piece;

static piece trim(const char *text, size_t len)
{
	while (len && (*text == ' ' || *text == '\t')) {
		text++;
		len--;
	}
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t' || text[len - 1] == '\r'))
		len--;
	return (piece){text, len};
}

/* What stands before the mark, which is passed; *left is the rest. */
static piece cut(piece *left, char mark)
{
	const char *at = memchr(left->text, mark, left->len);
	size_t len = at ? (size_t)(at - left->text) : left->len;
	piece out = {left->text, len};

	left->text += len + (at != NULL);
	left->len -= len + (at != NULL);
	return out;
}

static int read_score(piece text, uint8_t *out)
{
	int64_t value;

	text = trim(text.text, text.len);
	if (cstn__parse_i64(text.text, text.len, &value) || value < 1 ||
			value > CSTN__RFM_BINS_MOST)
		return -1;
	*out = (uint8_t)value;
	return 0;
}

static int read_range(piece text, uint8_t *low, uint8_t *high)
{
	piece first;

	text = trim(text.text, text.len);
	*low = 1;
	*high = CSTN__RFM_BINS_MOST;
	if (text.len == 1 && *text.text == '*')
		return 0;
	first = cut(&text, '-');
	if (read_score(first, low))
		return -1;
	*high = *low;
	if (text.text == first.text + first.len) /* no dash */
		return 0;
	return read_score(text, high) || *high < *low ? -1 : 0;
}

static cstn_status read_rule(cstn_rfm *model, piece line, size_t number, cstn_error **error)
{
	cstn__rfm_rule rule;
	piece part[4], left = line;
	size_t n, i;

	memset(&rule, 0, sizeof(rule));
	for (n = 0; n < 4; n++) {
		int more = n == 0 || left.text != part[n - 1].text + part[n - 1].len;

		part[n] = more ? cut(&left, '|') : (piece){left.text, 0};
	}
	part[0] = trim(part[0].text, part[0].len);
	rule.name = part[0].text;
	rule.len = part[0].len;
	for (i = 0, n = left.len != 0; i < 3; i++)
		n |= read_range(part[i + 1], &rule.low[i], &rule.high[i]) != 0;
	if (n || rule.len == 0 || rule.len > NAME_MOST)
		return cstn__fail(error, CSTN_E_FORMAT,
				"rules, line %zu: '%.*s'; name | R | F | M expected, with ranges "
				"of "
				"scores like 4-5, 1 or *",
				number, (int)(line.len > 100 ? 100 : line.len), line.text);
	if (model->rule.count == RULES_MOST)
		return cstn__fail(error, CSTN_E_FORMAT, "more than %d rules", RULES_MOST);
	for (i = 0; i < model->segments.count; i++)
		if (model->segments.items[i].len == rule.len &&
				memcmp(model->segments.items[i].name, rule.name, rule.len) == 0)
			break;
	if (i == model->segments.count) {
		if (cstn__array_reserve(&model->allocator, &model->segments, 1))
			return cstn__fail_nomem(error);
		model->segments.items[model->segments.count++] =
				(cstn__rfm_segment){rule.name, rule.len, 0, 0.0, 0.0, 0.0};
	}
	rule.segment = (uint32_t)i;
	if (cstn__array_reserve(&model->allocator, &model->rule, 1))
		return cstn__fail_nomem(error);
	model->rule.items[model->rule.count++] = rule;
	return CSTN_OK;
}

cstn_status cstn__rfm_take_rules(cstn_rfm *model, const char *text, size_t len, cstn_error **error)
{
	piece left;
	size_t number = 0;
	cstn_status status = CSTN_OK;

	if (!cstn__utf8_is_valid((const uint8_t *)text, len) || memchr(text, 0, len))
		return cstn__fail(error, CSTN_E_FORMAT, "the rules are not UTF-8");
	model->rules = cstn__alloc(&model->allocator, len + 1);
	if (!model->rules)
		return cstn__fail_nomem(error);
	memcpy(model->rules, text, len);
	model->rules[len] = '\0';
	model->rules_len = len;
	left = (piece){model->rules, len};
	while (left.len && status == CSTN_OK) {
		piece line = cut(&left, '\n');

		number++;
		line = trim(line.text, line.len);
		if (line.len && line.text[0] != '#')
			status = read_rule(model, line, number, error);
	}
	if (status == CSTN_OK && model->rule.count == 0)
		status = cstn__fail(error, CSTN_E_FORMAT,
				"the rules are empty, or no name of rules that come with the "
				"library");
	if (status == CSTN_OK && cstn__array_reserve(&model->allocator, &model->segments, 1))
		status = cstn__fail_nomem(error);
	if (status == CSTN_OK)
		model->segments.items[model->segments.count++] =
				(cstn__rfm_segment){"OTHER", 5, 0, 0.0, 0.0, 0.0};
	return status;
}

uint32_t cstn__rfm_segment_of(const cstn_rfm *model, const uint8_t score[3])
{
	size_t i;

	for (i = 0; i < model->rule.count; i++) {
		const cstn__rfm_rule *rule = &model->rule.items[i];

		if (score[0] >= rule->low[0] && score[0] <= rule->high[0] &&
				score[1] >= rule->low[1] && score[1] <= rule->high[1] &&
				score[2] >= rule->low[2] && score[2] <= rule->high[2])
			return rule->segment;
	}
	return (uint32_t)(model->segments.count - 1);
}
