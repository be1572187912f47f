#include "bad_input.h"

#include <stdio.h>
#include <string.h>

#define FIELDS_MAX 40
#define VALUE_MAX 4200

/* --- fields ----------------------------------------------------------------------------------- */

typedef struct field_list {
	size_t n;
	struct {
		char name[48], value[VALUE_MAX];
		int there; /* 0: not given */
		int empty; /* given, and without a byte */
	} items[FIELDS_MAX];
} field_list;

static void expand(const char *from, size_t len, char *to)
{
	size_t n = 0;

	if (len < 2 || from[0] != '@') {
		ck_assert_uint_lt(len, VALUE_MAX);
		memcpy(to, from, len);
		to[len] = 0;
		return;
	}
	for (size_t i = 1; i < len; i++)
		n = n * 10 + (size_t)(from[i] - '0');
	ck_assert_uint_lt(n, VALUE_MAX);
	memset(to, 'x', n);
	to[n] = 0;
}

static size_t find(const field_list *list, const char *name, size_t len)
{
	for (size_t i = 0; i < list->n; i++)
		if (strlen(list->items[i].name) == len &&
				memcmp(list->items[i].name, name, len) == 0)
			return i;
	return list->n;
}

/* Put fields into the list, in place of those of the same name. */
static void change_fields(field_list *list, const char *text)
{
	while (text && *text) {
		size_t len = strcspn(text, ";"), name = strcspn(text, "="), at;
		const char *value = text + name + 1;
		size_t value_len = len - name - 1;

		ck_assert_msg(name < len, "'%s' has no '='", text);
		at = find(list, text, name);
		ck_assert_uint_lt(at, FIELDS_MAX);
		memset(&list->items[at], 0, sizeof(list->items[at]));
		memcpy(list->items[at].name, text, name);
		list->n += at == list->n;
		list->items[at].there = value_len > 0;
		expand(value, value_len, list->items[at].value);
		list->items[at].empty = list->items[at].there && list->items[at].value[0] == 0;
		text += len + (text[len] == ';');
	}
}

static size_t noun_of(const char *noun)
{
	size_t number = cstn_noun_find(noun);

	ck_assert_msg(number != SIZE_MAX, "no noun '%s'", noun);
	return number;
}

static size_t field_of(const char *noun, const char *field)
{
	size_t number = cstn_noun_field_find(noun_of(noun), field);

	ck_assert_msg(number != SIZE_MAX, "'%s' has no field '%s'", noun, field);
	return number;
}

/* --- one record ------------------------------------------------------------------------------- */

static cstn_status set_level(cstn_record_builder *builder, const char *noun, const field_list *list,
		int lines, size_t *n, cstn_error **error)
{
	cstn_status status = CSTN_OK;

	*n = 0;
	for (size_t i = 0; i < list->n; i++) {
		const char *name = list->items[i].name, *value = list->items[i].value;

		if (cstn_noun_field_is_line(noun_of(noun), field_of(noun, name)) != lines ||
				!list->items[i].there)
			continue;
		if (lines && *n == 0)
			ck_assert_int_eq(cstn_record_builder_add_line(builder, NULL), CSTN_OK);
		++*n;
		status = cstn_record_builder_set_text(builder, name, value, strlen(value), error);
		if (status != CSTN_OK)
			return status;
	}
	return status;
}

cstn_status bad_input_put(cstn_network *network, const char *noun, const char *good,
		const char *change, char said[4096])
{
	const char *recorded = strcmp(noun, "order") == 0 ? "order_recorded" : "recorded";
	static field_list list;
	cstn_record_builder *builder = NULL;
	cstn_record *record = NULL;
	cstn_error *error = NULL;
	cstn_status status;
	char own[80];
	size_t n;

	list.n = 0;
	snprintf(own, sizeof(own), "%s=2024-01-01T00:00:00Z", recorded);
	change_fields(&list, own);
	change_fields(&list, good);
	change_fields(&list, change);
	ck_assert_int_eq(cstn_record_builder_new(noun, NULL, &builder, NULL), CSTN_OK);
	status = set_level(builder, noun, &list, 0, &n, &error);
	if (status == CSTN_OK)
		status = set_level(builder, noun, &list, 1, &n, &error);
	if (status == CSTN_OK)
		status = cstn_record_builder_build(builder, &record, &error);
	if (status == CSTN_OK)
		status = cstn_network_put(network, record, NULL, &error);
	snprintf(said, 4096, "%s", status == CSTN_OK ? "" : cstn_error_message(error));
	cstn_error_free(error);
	cstn_record_unref(record);
	cstn_record_builder_free(builder);
	return status;
}

static void put_all(cstn_network *network, const char *noun, const char *fields)
{
	char said[4096];

	ck_assert_msg(bad_input_put(network, noun, fields, NULL, said) == CSTN_OK, "%s", said);
}

cstn_network *bad_input_network(void)
{
	cstn_network *network = network_small();
	cstn_record *order = network_record("order", "order_id=O", "seller=acme", "buyer=bolts",
			"ordered=2024-01-01", "state=accepted", "+", "line_number=1", "item_id=nut",
			"qty=12", "qty_cancelled=2", "qty_cancelled_by=customer", "+",
			"line_number=2", "item_id=nut", "qty=10", "qty_delivered=4", NULL);

	network_put_ok(network, order);
	put_all(network, "shipment",
			"shipment_id=S;from_location=dc;to_location=shop;state=departed;order_id=O;"
			"line_number=2;qty=4");
	put_all(network, "return",
			"return_id=R;order_id=O;line_number=2;qty=1;reason=damaged;"
			"requested=2024-01-02T00:00:00Z");
	put_all(network, "event",
			"event_id=E;subject_kind=order;subject_id=O;type=picked;class=actual;"
			"occurred=2024-01-01T00:00:00Z");
	put_all(network, "constellation", "constellation_id=c4;owner_id=acme");
	put_all(network, "purpose", "purpose_id=top;constellation_id=c1");
	put_all(network, "purpose", "purpose_id=low;constellation_id=c1;parent_id=top");
	return network;
}

size_t bad_input_count(cstn_network *network, const char *noun)
{
	const char *columns[1] = {cstn_noun_field_name(noun_of(noun), 0)};
	cstn_scan_options options = CSTN_SCAN_OPTIONS_INIT;
	cstn_snapshot *snapshot = NULL;
	struct ArrowArrayStream rows;
	struct ArrowArray array;
	size_t n = 0;

	options.columns = columns;
	options.n_columns = 1;
	ck_assert_int_eq(cstn_network_snapshot(network, &snapshot, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_snapshot_scan(snapshot, noun, &options, &rows, NULL), CSTN_OK);
	cstn_snapshot_unref(snapshot);
	while (memset(&array, 0, sizeof(array)),
			rows.get_next(&rows, &array) == 0 && array.release) {
		n += (size_t)array.length;
		array.release(&array);
	}
	rows.release(&rows);
	return n;
}

uint64_t bad_input_last_seq(cstn_network *network)
{
	cstn_network_info info = CSTN_NETWORK_INFO_INIT;

	ck_assert_int_eq(cstn_network_get_info(network, &info, NULL), CSTN_OK);
	return info.last_seq;
}

/* --- three rows ------------------------------------------------------------------------------- */

/* Two other keys of a noun. */
static const char *const other_keys[][3] = {{"partner", "partner_id=X0", "partner_id=X2"},
		{"constellation", "constellation_id=X0", "constellation_id=X2"},
		{"membership", "partner_id=bolts", "partner_id=carrier"},
		{"relation", "other_id=carrier", "other_id=rival"},
		{"purpose", "purpose_id=X0", "purpose_id=X2"}, {"item", "item_id=X0", "item_id=X2"},
		{"location", "location_id=X0", "location_id=X2"},
		{"order", "order_id=X0", "order_id=X2"},
		{"order_revision", "revision=100", "revision=102"},
		{"shipment", "shipment_id=X0", "shipment_id=X2"},
		{"shipment_leg", "leg=100", "leg=102"},
		{"shipment_document", "type=invoice", "type=customs"},
		{"event", "event_id=X0", "event_id=X2"}, {"return", "return_id=X0", "return_id=X2"},
		{"inventory", "lot=X0", "lot=X2"}, {"customer", "customer_id=X0", "customer_id=X2"},
		{"interaction", "event_id=X0", "event_id=X2"},
		{"consent", "consent_id=X0", "consent_id=X2"},
		{"partner_identifier", "partner_id=bolts", "partner_id=carrier"},
		{"partner_attribute", "partner_id=bolts", "partner_id=carrier"},
		{"verifier", "verifier=X0", "verifier=X2"}, {"field_class", "path=X0", "path=X2"},
		{"member_role", "partner_id=bolts", "partner_id=carrier"},
		{"sharing_policy", "constellation_id=c2", "constellation_id=c4"}};

static const char *other_key(const char *noun, size_t row)
{
	for (size_t i = 0; i < sizeof(other_keys) / sizeof(other_keys[0]); i++)
		if (strcmp(other_keys[i][0], noun) == 0)
			return other_keys[i][row == 0 ? 1 : 2];
	ck_abort_msg("no other keys of '%s'", noun);
	return NULL;
}

static size_t put_schema(const char *noun, const field_list *all, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < all->n; i++) {
		int32_t type = cstn_noun_field_type(
				noun_of(noun), field_of(noun, all->items[i].name));

		if (type == CSTN_TYPE_INT32)
			type = CSTN_TYPE_INT64; /* wide enough for what does not fit */
		len += (size_t)snprintf(out + len, size - len, "%s %s null\n", all->items[i].name,
				cstn_type_name(type));
	}
	return len;
}

static size_t put_row(const field_list *all, const field_list *row, char *out, size_t size)
{
	size_t len = 0;

	for (size_t i = 0; i < all->n; i++) {
		const char *name = all->items[i].name;
		size_t at = find(row, name, strlen(name));

		len += (size_t)snprintf(out + len, size - len, "%s%s", i ? "," : "",
				at == row->n           ? ""
				: row->items[at].empty ? "\"\""
						       : row->items[at].value);
	}
	return len + (size_t)snprintf(out + len, size - len, "\n");
}

cstn_status bad_input_import(cstn_network *network, const char *noun, const char *good,
		const char *change, uint32_t flags, cstn_row_errors **bad)
{
	static field_list all, row;
	static char schema[4096], csv[32768];
	size_t len = 0;

	all.n = 0;
	change_fields(&all, good);
	change_fields(&all, other_key(noun, 0));
	change_fields(&all, change);
	(void)put_schema(noun, &all, schema, sizeof(schema));
	for (size_t i = 0; i < all.n; i++)
		len += (size_t)snprintf(csv + len, sizeof(csv) - len, "%s%s", i ? "," : "",
				all.items[i].name);
	len += (size_t)snprintf(csv + len, sizeof(csv) - len, "\n");
	for (size_t i = 0; i < 3; i++) {
		row.n = 0;
		change_fields(&row, good);
		change_fields(&row, i == 1 ? change : other_key(noun, i));
		len += put_row(&all, &row, csv + len, sizeof(csv) - len);
	}
	ck_assert_uint_lt(len, sizeof(csv) - 1);
	return network_import_csv(network, noun, schema, csv, flags, bad);
}

/* --- the rules -------------------------------------------------------------------------------- */

void bad_rule_is_refused_by_the_builder(const bad_rule *rule)
{
	cstn_network *network = bad_input_network();
	uint64_t before = bad_input_last_seq(network);
	size_t n = bad_input_count(network, rule->noun);
	char said[4096], column[80];
	cstn_status status = bad_input_put(network, rule->noun, rule->good, rule->bad, said);

	snprintf(column, sizeof(column), "field '%s'", rule->column);
	ck_assert_msg(status == rule->status, "%s with %s: %s '%s'", rule->noun, rule->bad,
			cstn_status_name(status), said);
	ck_assert_msg(strstr(said, column) != NULL && strstr(said, rule->said) != NULL,
			"%s with %s: '%s' and '%s' in '%s'", rule->noun, rule->bad, column,
			rule->said, said);
	ck_assert_uint_eq(bad_input_last_seq(network), before);
	ck_assert_uint_eq(bad_input_count(network, rule->noun), n);
	cstn_network_unref(network);
}

void bad_rule_keeps_what_is_fine(const bad_rule *rule)
{
	cstn_network *network = bad_input_network();
	char said[4096];

	ck_assert_msg(bad_input_put(network, rule->noun, rule->good, rule->fine, said) == CSTN_OK,
			"%s with %s: %s", rule->noun, rule->fine ? rule->fine : "nothing", said);
	cstn_network_unref(network);
}

static void told(const bad_rule *rule, cstn_row_errors *bad)
{
	cstn_row_error error = {0};
	char message[512];

	ck_assert_msg(cstn_row_errors_total(bad) == 1, "%s with %s: %d bad rows", rule->noun,
			rule->bad, (int)cstn_row_errors_total(bad));
	ck_assert_int_eq(cstn_row_errors_at(bad, 0, &error, NULL), CSTN_OK);
	(void)cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	ck_assert_msg(error.row == 1 && error.code == rule->code &&
					strcmp(cstn_row_errors_column(bad, 0), rule->column) == 0,
			"%s with %s: %s (%s)", rule->noun, rule->bad, message,
			cstn_row_code_name(error.code));
	if (rule->value)
		ck_assert_msg(strstr(message, rule->value) != NULL, "%s with %s: '%s' in '%s'",
				rule->noun, rule->bad, rule->value, message);
}

void bad_rule_is_left_out_of_a_batch(const bad_rule *rule)
{
	cstn_network *network = bad_input_network();
	size_t n = bad_input_count(network, rule->noun);
	cstn_row_errors *bad = NULL;
	cstn_status status;

	if (rule->code) {
		status = bad_input_import(network, rule->noun, rule->good, rule->bad, 0, &bad);
		ck_assert_msg(status == CSTN_E_ROWS, "%s with %s: %s", rule->noun, rule->bad,
				cstn_status_name(status));
		told(rule, bad);
		ck_assert_uint_eq(bad_input_count(network, rule->noun), n + 2);
	}
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}

void bad_rule_stops_a_batch_that_is_all_or_nothing(const bad_rule *rule)
{
	cstn_network *network = bad_input_network();
	uint64_t before = bad_input_last_seq(network);
	size_t n = bad_input_count(network, rule->noun);
	cstn_row_errors *bad = NULL;

	if (rule->code) {
		ck_assert_int_eq(bad_input_import(network, rule->noun, rule->good, rule->bad,
						 CSTN_IMPORT_ALL_OR_NOTHING, &bad),
				CSTN_E_ROWS);
		told(rule, bad);
	}
	ck_assert_uint_eq(bad_input_count(network, rule->noun), n);
	ck_assert_uint_eq(bad_input_last_seq(network), before);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}

void bad_rule_lets_a_fine_batch_in(const bad_rule *rule)
{
	cstn_network *network = bad_input_network();
	size_t n = bad_input_count(network, rule->noun);
	const char *fine = rule->fine ? rule->fine : "";
	cstn_row_errors *bad = NULL;
	char message[512] = "";
	cstn_status status;

	status = bad_input_import(
			network, rule->noun, rule->good, fine, CSTN_IMPORT_ALL_OR_NOTHING, &bad);
	(void)cstn_row_errors_copy_message(bad, 0, message, sizeof(message));
	ck_assert_msg(status == CSTN_OK, "%s with %s: %s %s", rule->noun, fine,
			cstn_status_name(status), message);
	ck_assert_uint_ge(bad_input_count(network, rule->noun), n + 2);
	cstn_row_errors_free(bad);
	cstn_network_unref(network);
}
