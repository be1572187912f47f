/* Definitions of journeys: canonical text in, and made ready for the walk.
 *
 * There is one way to write a definition, so its digest names its meaning: numbers have no sign and
 * no leading zero, the gap has the largest unit that holds it. O(size). */
#include "customer/journey_definition.h"

#include <inttypes.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "base/text.h"

#define NAME_MAX_BYTES 64
#define RANK_MAX 1000000
#define GAP_DAYS_MAX 1000000

typedef struct line {
	const char *at, *end;
	int number;
	int reserved;
} line;

static const struct {
	const char *name;
	int64_t us;
} units[] = {{"d", CSTN_DAY_US}, {"h", CSTN_DAY_US / 24}, {"m", CSTN_DAY_US / 1440},
		{"s", CSTN_DAY_US / 86400}, {"us", 1}};
#define UNITS (sizeof(units) / sizeof(units[0]))

static cstn_status refuse(
		const line *at, const char *from, size_t len, const char *rule, cstn_error **error)
{
	return cstn__fail(error, CSTN_E_FORMAT, "line %d: '%.*s' where %s is expected", at->number,
			(int)cstn__utf8_cut(from, len, 64), from, rule);
}

/* The next word, up to a blank or the end, and past that blank. */
static size_t next_word(line *at, const char **word)
{
	const char *blank = memchr(at->at, ' ', (size_t)(at->end - at->at));
	size_t len = (size_t)((blank ? blank : at->end) - at->at);

	*word = at->at;
	at->at = blank ? blank + 1 : at->end;
	return len;
}

static int is_word(const char *word, size_t len, const char *text)
{
	return strlen(text) == len && memcmp(word, text, len) == 0;
}

/* A whole number as it is written; 0 or -1. */
static int read_number(const char *word, size_t len, int64_t most, int64_t *out)
{
	int64_t value = 0;

	if (len == 0 || word[0] < '0' || word[0] > '9' || (word[0] == '0' && len > 1) ||
			cstn__parse_i64(word, len, &value) || value > most)
		return -1;
	*out = value;
	return 0;
}

static cstn_status read_gap(cstn_journey_definition *definition, line *at, cstn_error **error)
{
	const char *word, *number;
	size_t len = next_word(at, &word), digits;
	int64_t value = 0;
	size_t i, k;

	if (!is_word(word, len, "gap"))
		return refuse(at, word, len, "'gap' and a duration", error);
	digits = next_word(at, &number);
	len = (size_t)(at->end - at->at);
	for (i = 0; i < UNITS && !is_word(at->at, len, units[i].name);)
		i++;
	if (i == UNITS)
		return refuse(at, at->at, len, "a unit d, h, m, s or us", error);
	if (read_number(number, digits, GAP_DAYS_MAX * (CSTN_DAY_US / units[i].us), &value) ||
			value == 0)
		return refuse(at, number, digits,
				"a whole number of at least 1 and at most 1,000,000 days", error);
	definition->gap_us = value * units[i].us;
	for (k = 0; k < i; k++)
		if (definition->gap_us % units[k].us == 0)
			return cstn__fail(error, CSTN_E_FORMAT,
					"line %d: 'gap %" PRId64 " %s' is written 'gap %" PRId64
					" %s'",
					at->number, value, units[i].name,
					definition->gap_us / units[k].us, units[k].name);
	return CSTN_OK;
}

static int is_name(const char *name, size_t len)
{
	static const char *const ours[] = {"START", "GOAL", "DROP", "OPEN"};
	size_t i;

	if (len == 0 || len > NAME_MAX_BYTES || name[0] == ' ' || name[len - 1] == ' ' ||
			!cstn__utf8_is_valid((const uint8_t *)name, len))
		return 0;
	for (i = 0; i < len; i++)
		if ((unsigned char)name[i] < ' ' || name[i] == 127)
			return 0;
	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++)
		if (is_word(name, len, ours[i]))
			return 0;
	return 1;
}

static cstn_status read_step(cstn_journey_definition *definition, line *at, cstn_error **error)
{
	cstn__journey_step step = {0, 0, -1, 0};
	const char *word, *name;
	size_t len = next_word(at, &word);
	int64_t rank = -1;
	uint32_t code;

	if (!is_word(word, len, "step"))
		return refuse(at, word, len, "'step'", error);
	len = next_word(at, &word);
	step.is_start = is_word(word, len, "start") || is_word(word, len, "start,goal");
	step.is_goal = is_word(word, len, "goal") || is_word(word, len, "start,goal");
	if (!step.is_start && !step.is_goal && !is_word(word, len, "-"))
		return refuse(at, word, len, "a role start, goal, start,goal or -", error);
	len = next_word(at, &word);
	if (!is_word(word, len, "-") && read_number(word, len, RANK_MAX, &rank))
		return refuse(at, word, len, "a rank 0..1000000 or -", error);
	step.rank = (int32_t)rank;
	name = at->at;
	len = (size_t)(at->end - name);
	if (!is_name(name, len))
		return refuse(at, name, len,
				"a name of 1..64 bytes without control characters, none of START, "
				"GOAL, DROP, OPEN",
				error);
	if (definition->n_steps == CSTN_JOURNEY_STEPS_MAX)
		return cstn__fail(error, CSTN_E_LIMIT, "line %d: more than %d steps", at->number,
				CSTN_JOURNEY_STEPS_MAX);
	code = cstn__intern(&definition->names, name, len);
	if (code == UINT32_MAX)
		return cstn__fail_nomem(error);
	if (code != (uint32_t)definition->n_steps)
		return cstn__fail(error, CSTN_E_DUPLICATE,
				"line %d: step '%.*s' is line %u already", at->number, (int)len,
				name, code + 3);
	definition->steps[definition->n_steps++] = step;
	return CSTN_OK;
}

static cstn_status read_lines(cstn_journey_definition *definition, cstn_error **error)
{
	const char *from = definition->text, *end = from + definition->text_len;
	int starts = 0, goals = 0, i;
	line at = {from, from, 0, 0};

	while (from < end) {
		const char *stop = memchr(from, '\n', (size_t)(end - from));
		cstn_status status = CSTN_OK;

		at.number++;
		if (!stop)
			return cstn__fail(error, CSTN_E_FORMAT, "line %d does not end with LF",
					at.number);
		at.at = from;
		at.end = stop;
		if (at.number == 1 && !is_word(from, (size_t)(stop - from), "cstn-journey 1"))
			status = refuse(&at, from, (size_t)(stop - from), "'cstn-journey 1'",
					error);
		else if (at.number == 2)
			status = read_gap(definition, &at, error);
		else if (at.number > 2)
			status = read_step(definition, &at, error);
		if (status != CSTN_OK)
			return status;
		from = stop + 1;
	}
	for (i = 0; i < definition->n_steps; i++) {
		starts += definition->steps[i].is_start;
		goals += definition->steps[i].is_goal;
	}
	if (starts && goals)
		return CSTN_OK;
	return cstn__fail(error, CSTN_E_FORMAT,
			"line %d is the last and no step is a %s; 'cstn-journey 1', 'gap', and "
			"steps with a start and a goal expected",
			at.number, starts ? "goal" : "start");
}

cstn_status cstn_journey_definition_parse(const char *text, size_t len,
		const cstn_allocator *allocator, cstn_journey_definition **out, cstn_error **error)
{
	cstn_journey_definition *definition;
	cstn_allocator memory;
	cstn_status status;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				text ? "out is NULL" : "text is NULL");
	status = cstn__handle_new(allocator, sizeof(*definition), &memory, &definition, error);
	if (status != CSTN_OK)
		return status;
	definition->allocator = memory;
	atomic_init(&definition->references, 1);
	cstn__interner_init(&definition->names, &memory, 0);
	definition->text_len = len;
	definition->text = cstn__alloc(&memory, len + 1);
	if (!definition->text) {
		status = cstn__fail_nomem(error);
	} else {
		memcpy(definition->text, text, len);
		definition->text[len] = '\0';
		cstn__sha256(text, len, definition->digest);
		status = read_lines(definition, error);
	}
	if (status == CSTN_OK)
		*out = definition;
	else
		cstn_journey_definition_unref(definition);
	return status;
}

const char *cstn_journey_definition_format(
		const cstn_journey_definition *definition, size_t *out_len)
{
	if (out_len)
		*out_len = definition ? definition->text_len : 0;
	return definition ? definition->text : "";
}

void cstn_journey_definition_digest(
		const cstn_journey_definition *definition, uint8_t out[CSTN_JOURNEY_DIGEST_SIZE])
{
	if (!out)
		return;
	if (definition)
		memcpy(out, definition->digest, CSTN_JOURNEY_DIGEST_SIZE);
	else
		memset(out, 0, CSTN_JOURNEY_DIGEST_SIZE);
}

cstn_journey_definition *cstn_journey_definition_ref(cstn_journey_definition *definition)
{
	if (definition)
		atomic_fetch_add_explicit(&definition->references, 1, memory_order_relaxed);
	return definition;
}

void cstn_journey_definition_unref(cstn_journey_definition *definition)
{
	cstn_allocator allocator;

	if (!definition || atomic_fetch_sub_explicit(
					   &definition->references, 1, memory_order_acq_rel) != 1)
		return;
	allocator = definition->allocator;
	cstn__interner_free(&definition->names);
	if (definition->text)
		cstn__free(&allocator, definition->text, definition->text_len + 1);
	cstn__free(&allocator, definition, sizeof(*definition));
}
