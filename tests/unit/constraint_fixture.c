#include "constraint_fixture.h"

static cstn_operand operand_of(const char *name, int32_t type)
{
	cstn_operand operand = CSTN_OPERAND_INIT;

	operand.name = name;
	operand.name_len = strlen(name);
	operand.type = type;
	return operand;
}

static void add(cstn_vocabulary_builder *builder, const cstn_operand *operand)
{
	ck_assert_int_eq(cstn_vocabulary_builder_add_operand(builder, operand, NULL), CSTN_OK);
}

void add_duration(cstn_vocabulary_builder *builder, const char *name, const char *at_most)
{
	cstn_operand operand = operand_of(name, CSTN_OPERAND_DURATION);

	operand.flags = CSTN_OPERAND_HAS_LEAST;
	operand.at_most = at_most;
	operand.at_most_len = at_most ? strlen(at_most) : 0;
	add(builder, &operand);
}

static void add_purpose(cstn_vocabulary_builder *builder, const char *purpose, const char *parent)
{
	ck_assert_int_eq(cstn_vocabulary_builder_add_purpose(builder, purpose, strlen(purpose),
					 parent, parent ? strlen(parent) : 0, NULL),
			CSTN_OK);
}

cstn_vocabulary *sample_vocabulary(void)
{
	static const cstn_id regions[] = {{"europe", 6}, {"asia", 4}};
	cstn_vocabulary_builder *builder = NULL;
	cstn_vocabulary *vocabulary = NULL;
	cstn_operand operand;

	ck_assert_int_eq(cstn_vocabulary_builder_new(NULL, &builder, NULL), CSTN_OK);
	operand = operand_of("price", CSTN_OPERAND_DECIMAL);
	operand.scale = 2;
	operand.flags = CSTN_OPERAND_HAS_LEAST;
	add(builder, &operand);
	operand = operand_of("score", CSTN_OPERAND_INT64);
	operand.flags = CSTN_OPERAND_HAS_LEAST | CSTN_OPERAND_HAS_MOST;
	operand.least = -3;
	operand.most = 9;
	add(builder, &operand);
	operand = operand_of("region", CSTN_OPERAND_ID);
	operand.ids = regions;
	operand.n_ids = 2;
	add(builder, &operand);
	operand = operand_of("tags", CSTN_OPERAND_ID_SET);
	add(builder, &operand);
	add_duration(builder, "elapsed", NULL);
	add_duration(builder, "metered", "elapsed");
	add_purpose(builder, "forecasting", "planning");
	add_purpose(builder, "replenishment", "planning");
	add_purpose(builder, "safety", "replenishment");
	add_purpose(builder, "recall", NULL);
	ck_assert_int_eq(cstn_vocabulary_builder_add_role(builder, "carrier", 7, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_add_role(builder, "supplier", 8, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_vocabulary_builder_build(builder, &vocabulary, NULL), CSTN_OK);
	cstn_vocabulary_builder_free(builder);
	return vocabulary;
}

static cstn_constraint *leaf_of(const cstn_constraint_leaf *leaf)
{
	cstn_constraint *made = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_new(leaf, NULL, &made, &error);

	if (status != CSTN_OK)
		ck_abort_msg("%s", cstn_error_message(error));
	return made;
}

cstn_constraint *numbers_leaf(const char *operand, int32_t operation, int32_t type, int32_t scale,
		const int64_t *values, size_t n)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;

	leaf.operand = operand;
	leaf.operand_len = strlen(operand);
	leaf.operation = operation;
	leaf.type = type;
	leaf.scale = scale;
	leaf.numbers = values;
	leaf.n_values = n;
	return leaf_of(&leaf);
}

cstn_constraint *number_leaf(
		const char *operand, int32_t operation, int32_t type, int32_t scale, int64_t value)
{
	return numbers_leaf(operand, operation, type, scale, &value, 1);
}

cstn_constraint *ids_leaf(const char *operand, int32_t operation, int32_t type, const char *ids)
{
	cstn_constraint_leaf leaf = CSTN_CONSTRAINT_LEAF_INIT;
	cstn_id values[16];
	size_t n = 0;

	while (*ids) {
		size_t len = strcspn(ids, " ");

		must(n < 16);
		values[n].text = ids;
		values[n++].len = len;
		ids += len + (ids[len] == ' ');
	}
	leaf.operand = operand;
	leaf.operand_len = strlen(operand);
	leaf.operation = operation;
	leaf.type = type;
	leaf.ids = values;
	leaf.n_values = n;
	return leaf_of(&leaf);
}

cstn_constraint *combined(int32_t kind, cstn_constraint *a, cstn_constraint *b, cstn_constraint *c)
{
	cstn_constraint *children[3] = {a, b, c}, *made = NULL;
	size_t n = c ? 3 : b ? 2 : 1, i;

	must(cstn_constraint_combine(kind, children, n, NULL, &made, NULL) == CSTN_OK);
	for (i = 0; i < n; i++)
		cstn_constraint_unref(children[i]);
	return made;
}

cstn_constraint *read_constraint(const char *json)
{
	cstn_constraint *made = NULL;
	cstn_error *error = NULL;
	cstn_status status = cstn_constraint_read_json(json, strlen(json), NULL, &made, &error);

	ck_assert_msg(status == CSTN_OK, "%s: %s", json, cstn_error_message(error));
	return made;
}

cstn_fact number_fact(const char *operand, int32_t type, int32_t scale, int64_t number)
{
	cstn_fact fact = {operand, strlen(operand), type, scale, number, NULL, 0};

	return fact;
}

cstn_fact ids_fact(const char *operand, int32_t type, const cstn_id *ids, size_t n)
{
	cstn_fact fact = {operand, strlen(operand), type, 0, 0, ids, n};

	return fact;
}

void check_text(cstn_buffer *buffer, const char *text)
{
	ck_assert_str_eq((const char *)cstn_buffer_data(buffer), text);
	ck_assert_uint_eq(cstn_buffer_size(buffer), strlen(text));
	cstn_buffer_free(buffer);
}
