#include "constraint_trees.h"

#define DAY INT64_C(86400000000)

uint64_t dice(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(0x2545f4914f6cdd1d) >> 16;
}

static int32_t ordered_operator(uint64_t *state)
{
	static const int32_t all[] = {CSTN_OPERATOR_EQ, CSTN_OPERATOR_NEQ, CSTN_OPERATOR_LT,
			CSTN_OPERATOR_LTEQ, CSTN_OPERATOR_GT, CSTN_OPERATOR_GTEQ,
			CSTN_OPERATOR_IS_ANY_OF, CSTN_OPERATOR_IS_NONE_OF};

	return all[dice(state) % 8];
}

/* A leaf of numbers among `n` values from `least` on in steps. */
static cstn_constraint *ordered_leaf(uint64_t *state, const char *operand, int32_t type,
		int32_t scale, int64_t least, int64_t step, uint64_t n)
{
	int32_t operation = ordered_operator(state);
	int64_t values[3];
	size_t i, count = operation >= CSTN_OPERATOR_IS_ANY_OF ? 1 + dice(state) % 3 : 1;

	for (i = 0; i < count; i++)
		values[i] = least + step * (int64_t)(dice(state) % n);
	return numbers_leaf(operand, operation, type, scale, values, count);
}

static cstn_constraint *named_leaf(uint64_t *state, const char *operand, int32_t type,
		const char *const *names, uint64_t n, const int32_t *operators,
		uint64_t n_operators)
{
	int32_t operation = operators[dice(state) % n_operators];
	char text[128] = "";
	size_t i, count = 1;

	if (operation >= CSTN_OPERATOR_IS_ANY_OF || type == CSTN_OPERAND_ID_SET)
		count = 1 + dice(state) % 2;
	for (i = 0; i < count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, names[dice(state) % n]);
	}
	return ids_leaf(operand, operation, type, text);
}

static cstn_constraint *random_leaf(uint64_t *state, uint32_t axes)
{
	static const char *const regions[] = {"asia", "europe"};
	static const char *const purposes[] = {
			"planning", "forecasting", "replenishment", "safety", "recall"};
	static const char *const tags[] = {"a", "b", "c"};
	static const int32_t operators[] = {CSTN_OPERATOR_EQ, CSTN_OPERATOR_NEQ,
			CSTN_OPERATOR_IS_ANY_OF, CSTN_OPERATOR_IS_NONE_OF, CSTN_OPERATOR_IS_PART_OF,
			CSTN_OPERATOR_IS_ALL_OF};

	for (;;)
		switch (dice(state) % 7) {
		case 0:
			if (axes & 1)
				return ordered_leaf(
						state, "score", CSTN_OPERAND_INT64, 0, -3, 1, 13);
			break;
		case 1:
			if (axes & 2)
				return ordered_leaf(
						state, "price", CSTN_OPERAND_DECIMAL, 1, 0, 5, 4);
			break;
		case 2:
			if (axes & 4)
				return named_leaf(state, "region", CSTN_OPERAND_ID, regions, 2,
						operators, 4);
			break;
		case 3:
			if (axes & 4)
				return named_leaf(state, "purpose", CSTN_OPERAND_ID, purposes, 5,
						operators, 5);
			break;
		case 4:
			if (axes & 8)
				return named_leaf(state, "tags", CSTN_OPERAND_ID_SET, tags, 3,
						operators, 6);
			break;
		case 5:
			if (axes & 16)
				return ordered_leaf(state, "elapsed", CSTN_OPERAND_DURATION, 0, 0,
						DAY, 3);
			break;
		default:
			if (axes & 16)
				return ordered_leaf(state, "metered", CSTN_OPERAND_DURATION, 0, 0,
						DAY, 3);
			break;
		}
}

cstn_constraint *random_tree(uint64_t *state, int depth, uint32_t axes)
{
	int32_t kind = CSTN_CONSTRAINT_AND + (int32_t)(dice(state) % 4);
	size_t n = kind == CSTN_CONSTRAINT_NOT ? 1 : 1 + dice(state) % 4, i;
	cstn_constraint *children[4], *made = NULL;

	if (!depth || dice(state) % 5 == 0)
		return random_leaf(state, axes);
	for (i = 0; i < n; i++)
		children[i] = random_tree(state, depth - 1, axes);
	must(cstn_constraint_combine(kind, children, n, NULL, &made, NULL) == CSTN_OK);
	for (i = 0; i < n; i++)
		cstn_constraint_unref(children[i]);
	return made;
}

static void put(fact_choices *out, cstn_fact fact)
{
	must(out->n < 64);
	out->facts[out->n++] = fact;
}

void fact_choices_of(int operand, fact_choices *out)
{
	static const cstn_id regions[] = {{"asia", 4}, {"europe", 6}};
	static const cstn_id purposes[] = {{"planning", 8}, {"forecasting", 11},
			{"replenishment", 13}, {"safety", 6}, {"recall", 6}};
	static const cstn_id tags[16][4] = {{{0}}, {{"a", 1}}, {{"b", 1}}, {{"a", 1}, {"b", 1}},
			{{"c", 1}}, {{"a", 1}, {"c", 1}}, {{"b", 1}, {"c", 1}},
			{{"a", 1}, {"b", 1}, {"c", 1}}, {{"z", 1}}, {{"a", 1}, {"z", 1}},
			{{"b", 1}, {"z", 1}}, {{"a", 1}, {"b", 1}, {"z", 1}}, {{"c", 1}, {"z", 1}},
			{{"a", 1}, {"c", 1}, {"z", 1}}, {{"b", 1}, {"c", 1}, {"z", 1}},
			{{"a", 1}, {"b", 1}, {"c", 1}, {"z", 1}}};
	int64_t value;
	size_t i;

	out->n = 0;
	switch (operand) {
	case 0:
		for (value = -3; value <= 9; value++)
			put(out, number_fact("score", CSTN_OPERAND_INT64, 0, value));
		break;
	case 1: /* each value, and between any two */
		for (value = 0; value <= 200; value += 25)
			put(out, number_fact("price", CSTN_OPERAND_DECIMAL, 2, value));
		break;
	case 2:
		for (i = 0; i < 2; i++)
			put(out, ids_fact("region", CSTN_OPERAND_ID, regions + i, 1));
		break;
	case 3:
		for (i = 0; i < 5; i++)
			put(out, ids_fact("purpose", CSTN_OPERAND_ID, purposes + i, 1));
		break;
	case 4:
		for (i = 0; i < 16; i++)
			put(out, ids_fact("tags", CSTN_OPERAND_ID_SET, tags[i],
						 (size_t)__builtin_popcount((unsigned)i)));
		break;
	default:
		for (value = 0; value <= 10; value++)
			put(out, number_fact(operand == 5 ? "elapsed" : "metered",
						 CSTN_OPERAND_DURATION, 0, value * DAY / 4));
		break;
	}
}
