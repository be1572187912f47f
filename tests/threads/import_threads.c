/* Imports on threads: what is stored, what is told, and what goes wrong are the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../crash/sim_vfs.h"
#include "../unit/failing_allocator.h"
#include "../unit/network_fixture.h"
#include "../unit/suite.h"
#include "network/network.h"

static const int32_t numbers[] = {1, 2, 7, 0};

static const char schema[] =
		"order_id text null\nseller text null\nbuyer text null\nordered timestamp null\n"
		"line_number int64 null\nitem_id text null\nqty int64 null\n"
		"qty_cancelled int64 null\nqty_cancelled_by text null\nattributes.lane text "
		"null\n";
static const char head[] = "order_id,seller,buyer,ordered,line_number,item_id,qty,qty_cancelled,"
			   "qty_cancelled_by,attributes.lane\n";

/* --- rows ------------------------------------------------------------------------------------- */

/* What is wrong with a row. */
enum { GOOD, NO_QUANTITY, TWO_RULES, NO_ITEM, TOO_MUCH_CANCELLED, LINE_AGAIN };

typedef struct text {
	char *data;
	size_t size, capacity;
} text;

static void put_line(text *to, uint32_t order, uint32_t line, int wrong)
{
	static const char *const sellers[] = {"acme", "bolts"};
	char *at;

	if (to->capacity - to->size < 256) {
		to->capacity = to->capacity ? to->capacity * 2 : 65536;
		to->data = realloc(to->data, to->capacity);
		ck_assert_ptr_nonnull(to->data);
	}
	at = to->data + to->size;
	to->size += (size_t)sprintf(at, "O-%07u,%s,%s,2024-01-%02uT00:00:00Z,%u,%s,%u,%u,%s,%s%u\n",
			order, sellers[order % 2], "carrier", order % 28 + 1,
			wrong == LINE_AGAIN  ? 1
			: wrong == TWO_RULES ? 0
					     : line,
			wrong == NO_ITEM ? "washer" : "nut",
			wrong == NO_QUANTITY || wrong == TWO_RULES ? 0 : order * 7 % 1000 + line,
			wrong == TOO_MUCH_CANCELLED ? 100000 : 0,
			wrong == TOO_MUCH_CANCELLED ? "customer" : "", "lane ", order % 5);
}

/* Orders of three lines; one line of every `one_in` breaks a rule, each rule in turn. */
static text make_rows(uint32_t orders, uint32_t one_in)
{
	text out = {0};
	uint32_t n = 0;

	for (uint32_t order = 0; order < orders; order++)
		for (uint32_t line = 1; line <= 3; line++, n++) {
			int wrong = one_in && n % one_in == one_in - 1;

			if (!out.size) {
				put_line(&out, 0, 0, GOOD);
				out.size = (size_t)sprintf(out.data, "%s", head);
			}
			put_line(&out, order, line,
					wrong ? (int)(n / one_in % LINE_AGAIN) + 1 : GOOD);
		}
	return out;
}

/* --- imports ---------------------------------------------------------------------------------- */

typedef struct store {
	sim_disk *disk;
	sim_vfs *sim;
	cstn_network *network;
} store;

static void begin(store *at, const cstn_allocator *allocator)
{
	cstn_network_options options = CSTN_NETWORK_OPTIONS_INIT;

	at->disk = sim_disk_new();
	at->sim = sim_vfs_new(at->disk, 5);
	options.checkpoint_rows = 1000; /* so many orders go to a segment at once */
	ck_assert_int_eq(cstn__network_open_on(&at->sim->vfs, 4, "/net", &options, allocator,
					 &at->network, NULL),
			CSTN_OK);
	network_put_ok(at->network, network_record("partner", "partner_id=acme", NULL));
	network_put_ok(at->network, network_record("partner", "partner_id=bolts", NULL));
	network_put_ok(at->network, network_record("partner", "partner_id=carrier", NULL));
	network_put_ok(at->network, network_record("item", "item_id=nut", NULL));
}

static void end(store *at)
{
	cstn_network_unref(at->network);
	sim_vfs_free(at->sim);
	sim_disk_unref(at->disk);
}

static cstn_status import(store *at, const text *rows, int32_t threads, uint32_t flags,
		cstn_row_errors **bad, cstn_error **error)
{
	cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
	struct ArrowArrayStream stream;

	options.threads = threads;
	options.flags = flags;
	options.recorded_us = network_us("2024-06-01");
	network_csv(schema, rows->data, &stream);
	return cstn_network_import(at->network, "order", &stream, &options, bad, error);
}

/* --- the same --------------------------------------------------------------------------------- */

static void same_files(uint32_t orders)
{
	text rows = make_rows(orders, 0);
	uint64_t first = 0;

	for (int i = 0; i < 4; i++) {
		cstn_error *error = NULL;
		store at;

		begin(&at, NULL);
		ck_assert_msg(import(&at, &rows, numbers[i], 0, NULL, &error) == CSTN_OK, "%s",
				cstn_error_message(error));
		ck_assert_int_eq(cstn_network_close(at.network, NULL), CSTN_OK);
		if (i == 0)
			first = sim_disk_hash(at.disk);
		ck_assert_uint_eq(sim_disk_hash(at.disk), first);
		end(&at);
	}
	free(rows.data);
}

START_TEST(an_import_into_segments_leaves_the_same_files_on_any_number_of_threads)
{
	same_files(30000);
}
END_TEST

START_TEST(an_import_into_the_log_leaves_the_same_files_on_any_number_of_threads)
{
	same_files(999);
	same_files(1);
}
END_TEST

/* What is told, as text. */
static text errors_text(const cstn_row_errors *bad)
{
	text out = {.capacity = cstn_row_errors_count(bad) * 512 + 64};

	out.data = calloc(out.capacity, 1);
	ck_assert_ptr_nonnull(out.data);
	out.size = (size_t)sprintf(
			out.data, "%llu\n", (unsigned long long)cstn_row_errors_total(bad));
	for (size_t i = 0; i < cstn_row_errors_count(bad); i++) {
		const char *value = cstn_row_errors_value(bad, i);
		cstn_row_error at;

		ck_assert_int_eq(cstn_row_errors_at(bad, i, &at, NULL), CSTN_OK);
		out.size += (size_t)sprintf(out.data + out.size, "%llu %d %s %d '%s'\n",
				(unsigned long long)at.row, at.field,
				cstn_row_errors_column(bad, i), at.code, value ? value : "none");
	}
	return out;
}

static void same_errors(uint32_t one_in, uint32_t flags)
{
	text rows = make_rows(8000, one_in), first = {0};
	uint64_t files = 0;

	for (int i = 0; i < 4; i++) {
		cstn_row_errors *bad = NULL;
		store at;
		text told;

		begin(&at, NULL);
		ck_assert_int_eq(import(&at, &rows, numbers[i], flags, &bad, NULL), CSTN_E_ROWS);
		ck_assert_uint_gt(cstn_row_errors_total(bad), 0);
		told = errors_text(bad);
		if (i == 0) {
			files = sim_disk_hash(at.disk);
			first = told;
		}
		ck_assert_str_eq(told.data, first.data);
		ck_assert_uint_eq(sim_disk_hash(at.disk), files);
		if (i)
			free(told.data);
		cstn_row_errors_free(bad);
		end(&at);
	}
	free(first.data);
	free(rows.data);
}

START_TEST(the_same_rows_are_left_out_for_the_same_reasons_on_any_number_of_threads)
{
	same_errors(5, 0);
	same_errors(2001, 0);
	same_errors(23999, 0);
}
END_TEST

START_TEST(all_or_nothing_puts_nothing_on_any_number_of_threads)
{
	same_errors(23999, CSTN_IMPORT_ALL_OR_NOTHING);
}
END_TEST

START_TEST(a_transaction_of_imports_on_threads_holds_them_all)
{
	text rows = make_rows(4000, 0);
	uint64_t files = 0;

	for (int i = 0; i < 4; i++) {
		cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
		cstn_transaction *transaction = NULL;
		struct ArrowArrayStream stream;
		cstn_record *order;
		store at;

		begin(&at, NULL);
		ck_assert_int_eq(cstn_transaction_begin(at.network, &transaction, NULL), CSTN_OK);
		options.threads = numbers[i];
		options.recorded_us = network_us("2024-06-01");
		network_csv("item_id text\n", "item_id\nbolt\n", &stream);
		ck_assert_int_eq(cstn_transaction_import(transaction, "item", &stream, &options,
						 NULL, NULL),
				CSTN_OK);
		network_csv(schema, rows.data, &stream);
		ck_assert_int_eq(cstn_transaction_import(transaction, "order", &stream, &options,
						 NULL, NULL),
				CSTN_OK);
		ck_assert_int_eq(cstn_transaction_commit(transaction, NULL, NULL), CSTN_OK);
		cstn_transaction_free(transaction);
		order = network_get(at.network, "order", "O-0003999");
		ck_assert_uint_eq(cstn_record_lines(order), 3);
		ck_assert_int_eq(cstn_record_int(order, 2, "qty"), 3999 * 7 % 1000 + 3);
		cstn_record_unref(order);
		if (i == 0)
			files = sim_disk_hash(at.disk);
		ck_assert_uint_eq(sim_disk_hash(at.disk), files);
		end(&at);
	}
	free(rows.data);
}
END_TEST

/* --- what goes wrong -------------------------------------------------------------------------- */

START_TEST(a_negative_number_of_threads_is_refused)
{
	text rows = make_rows(1, 0);
	cstn_error *error = NULL;
	store at;

	begin(&at, NULL);
	ck_assert_int_eq(import(&at, &rows, -1, 0, NULL, &error), CSTN_E_INVALID_ARGUMENT);
	ck_assert_str_eq(cstn_error_message(error), "threads is negative");
	cstn_error_free(error);
	end(&at);
	free(rows.data);
}
END_TEST

START_TEST(out_of_memory_on_threads_puts_nothing_and_leaves_nothing)
{
	text rows = make_rows(2000, 0);
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n = 1;

	for (; status != CSTN_OK; n += 1 + n / 16) {
		cstn_network_info before = CSTN_NETWORK_INFO_INIT, after = CSTN_NETWORK_INFO_INIT;
		failing_allocator memory;
		cstn_error *error = NULL;
		store at;

		failing_allocator_init(&memory, 0);
		begin(&at, &memory.allocator);
		ck_assert_int_eq(cstn_network_get_info(at.network, &before, NULL), CSTN_OK);
		memory.fail_at = failing_allocator_calls(&memory) + n;
		status = import(&at, &rows, 3, 0, NULL, &error);
		memory.fail_at = 0;
		ck_assert(status == CSTN_OK || status == CSTN_E_NOMEM);
		ck_assert_int_eq(cstn_error_code(error), status);
		cstn_error_free(error);
		ck_assert_int_eq(cstn_network_get_info(at.network, &after, NULL), CSTN_OK);
		ck_assert_uint_eq(after.last_seq, before.last_seq + (status == CSTN_OK));
		network_put_ok(at.network, network_record("item", "item_id=bolt", NULL));
		end(&at);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_uint_gt(n, 200);
	free(rows.data);
}
END_TEST

/* A stream that cancels while it gives its second batch. */
typedef struct watched {
	struct ArrowArrayStream inner;
	cstn_progress *progress;
	int batches;
} watched;

static int watched_schema(struct ArrowArrayStream *stream, struct ArrowSchema *out)
{
	watched *at = stream->private_data;

	return at->inner.get_schema(&at->inner, out);
}

static int watched_next(struct ArrowArrayStream *stream, struct ArrowArray *out)
{
	watched *at = stream->private_data;

	if (++at->batches == 2)
		cstn_progress_cancel(at->progress);
	return at->inner.get_next(&at->inner, out);
}

static const char *watched_error(struct ArrowArrayStream *stream)
{
	watched *at = stream->private_data;

	return at->inner.get_last_error(&at->inner);
}

static void watched_release(struct ArrowArrayStream *stream)
{
	watched *at = stream->private_data;

	at->inner.release(&at->inner);
	stream->release = NULL;
}

START_TEST(an_import_that_is_cancelled_puts_nothing_on_any_number_of_threads)
{
	text rows = make_rows(30000, 0);

	for (int i = 0; i < 4; i++) {
		cstn_import_options options = CSTN_IMPORT_OPTIONS_INIT;
		struct ArrowArrayStream stream = {
				watched_schema, watched_next, watched_error, watched_release, NULL};
		watched inner = {.batches = 0};
		cstn_error *error = NULL;
		uint64_t files;
		store at;

		begin(&at, NULL);
		files = sim_disk_hash(at.disk);
		ck_assert_int_eq(cstn_progress_new(NULL, &inner.progress, NULL), CSTN_OK);
		network_csv(schema, rows.data, &inner.inner);
		stream.private_data = &inner;
		options.threads = numbers[i];
		options.recorded_us = network_us("2024-06-01");
		options.progress = inner.progress;
		ck_assert_int_eq(cstn_network_import(at.network, "order", &stream, &options, NULL,
						 &error),
				CSTN_E_CANCELLED);
		ck_assert_str_eq(cstn_error_message(error), "the import was cancelled");
		cstn_error_free(error);
		ck_assert_int_eq(inner.batches, 2);
		ck_assert_uint_gt(cstn_progress_done(inner.progress), 0);
		ck_assert_uint_lt(cstn_progress_done(inner.progress), 90000);
		ck_assert_uint_eq(sim_disk_hash(at.disk), files);
		cstn_progress_free(inner.progress);
		end(&at);
	}
	free(rows.data);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			an_import_into_segments_leaves_the_same_files_on_any_number_of_threads,
			an_import_into_the_log_leaves_the_same_files_on_any_number_of_threads,
			the_same_rows_are_left_out_for_the_same_reasons_on_any_number_of_threads,
			all_or_nothing_puts_nothing_on_any_number_of_threads,
			a_transaction_of_imports_on_threads_holds_them_all,
			a_negative_number_of_threads_is_refused,
			out_of_memory_on_threads_puts_nothing_and_leaves_nothing,
			an_import_that_is_cancelled_puts_nothing_on_any_number_of_threads};

	return run_tests("import_threads", tests, sizeof(tests) / sizeof(tests[0]));
}
