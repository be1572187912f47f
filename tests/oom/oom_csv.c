/* Out of memory in CSV: opening, reading, rejects, guessing a schema, writing. */
#include "oom.h"

#include <stdio.h>
#include <unistd.h>

static const char columns[] =
		"order_id int64\ncarrier text null\npromised timestamp null zone=utc\n"
		"qty decimal null scale=2\n";
static const char text[] = "order_id,carrier,promised,qty\n"
			   "1,Air,2024-01-31 10:00:00,5.25\n"
			   "2,\"Sea, \"\"slow\"\"\",,\n"
			   "x,Air,2024-01-31,1\n"
			   "3,Air,2024-01-31T10:00:00Z,-1.5\n"
			   "4,Rail,never,1\n";

/* The text in a file of its own, gone when it is closed. */
typedef struct file {
	FILE *handle;
	char path[64];
} file;

static void file_open(file *f)
{
	f->handle = tmpfile();
	ck_assert_ptr_nonnull(f->handle);
	ck_assert_uint_eq(fwrite(text, 1, sizeof(text) - 1, f->handle), sizeof(text) - 1);
	fflush(f->handle);
	snprintf(f->path, sizeof(f->path), "/proc/self/fd/%d", fileno(f->handle));
}

static cstn_csv_reader *open_text(const cstn_allocator *allocator)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;

	options.threads = 1;
	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	ck_assert_int_eq(cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1, schema,
					 &options, allocator, &reader, NULL),
			CSTN_OK);
	cstn_schema_unref(schema);
	return reader;
}

static cstn_status open_reader(oom *o, int from_file)
{
	cstn_csv_options options = CSTN_CSV_OPTIONS_INIT;
	cstn_schema *schema = NULL;
	cstn_csv_reader *reader = NULL;
	file f;
	cstn_status status;

	options.threads = 1;
	file_open(&f);
	ck_assert_int_eq(cstn_schema_parse(columns, strlen(columns), NULL, &schema, NULL), CSTN_OK);
	oom_arm(o);
	if (from_file)
		OOM_CALL(status, cstn_csv_reader_open(f.path, schema, &options, o->allocator,
						 &reader, &error));
	else
		OOM_CALL(status, cstn_csv_reader_open_bytes((const uint8_t *)text, sizeof(text) - 1,
						 schema, &options, o->allocator, &reader, &error));
	ck_assert((reader == NULL) == (status != CSTN_OK));
	cstn_csv_reader_unref(reader);
	cstn_schema_unref(schema);
	fclose(f.handle);
	return status;
}

static cstn_status open_path(oom *o)
{
	return open_reader(o, 1);
}

static cstn_status open_bytes(oom *o)
{
	return open_reader(o, 0);
}

/* Read all; then, if memory lasts, list the rejects and export them. */
static cstn_status read_all(oom *o)
{
	cstn_csv_reader *reader = open_text(o->allocator);
	struct ArrowArrayStream rows, rejects;
	cstn_row_errors *bad = NULL;
	cstn_status status;

	memset(&rows, 0, sizeof(rows));
	memset(&rejects, 0, sizeof(rejects));
	oom_arm(o);
	OOM_CALL(status, cstn_csv_reader_export(reader, &rows, &error));
	ck_assert((rows.release == NULL) == (status != CSTN_OK));
	if (status == CSTN_OK)
		status = oom_drain(&rows);
	if (status == CSTN_OK) {
		OOM_CALL(status, cstn_csv_reader_rejects(reader, &bad, &error));
		ck_assert((bad == NULL) == (status != CSTN_OK));
		ck_assert(bad == NULL || cstn_row_errors_total(bad) == 2);
	}
	if (status == CSTN_OK) {
		OOM_CALL(status, cstn_csv_reader_export_rejects(reader, &rejects, &error));
		ck_assert((rejects.release == NULL) == (status != CSTN_OK));
	}
	cstn_csv_reader_unref(reader);
	if (rejects.release != NULL)
		status = oom_drain(&rejects);
	cstn_row_errors_free(bad);
	return status;
}

static cstn_status infer(oom *o)
{
	struct ArrowArrayStream evidence;
	cstn_schema *schema = NULL;
	file f;
	cstn_status status;

	file_open(&f);
	memset(&evidence, 0, sizeof(evidence));
	oom_arm(o);
	OOM_CALL(status, cstn_csv_infer(f.path, 0, NULL, o->allocator, &schema, &evidence, &error));
	ck_assert((schema == NULL) == (status != CSTN_OK));
	ck_assert((evidence.release == NULL) == (status != CSTN_OK));
	if (evidence.release != NULL)
		status = oom_drain(&evidence);
	cstn_schema_unref(schema);
	fclose(f.handle);
	return status;
}

static cstn_status write_bytes(oom *o)
{
	struct ArrowArrayStream rows;
	cstn_buffer *bytes = NULL;
	cstn_status status;

	oom_lines(&rows, 0, 0);
	oom_arm(o);
	OOM_CALL(status, cstn_csv_write_bytes(&rows, NULL, o->allocator, &bytes, &error));
	ck_assert_ptr_null(rows.release);
	ck_assert((bytes == NULL) == (status != CSTN_OK));
	cstn_buffer_free(bytes);
	return status;
}

/* A file is complete or not there, with no temporary one beside it. */
static cstn_status write_file(oom *o, const char *name)
{
	char folder[] = "/tmp/oom_csv_XXXXXX";
	char path[64];
	struct ArrowArrayStream rows;
	uint64_t count = 77;
	cstn_status status;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	oom_lines(&rows, 0, 0);
	oom_arm(o);
	OOM_CALL(status, cstn_csv_write_file(&rows, path, NULL, o->allocator, &count, &error));
	ck_assert_ptr_null(rows.release);
	ck_assert_uint_eq(count, status == CSTN_OK ? 12 : 77);
	ck_assert_int_eq(remove(path), status == CSTN_OK ? 0 : -1);
	ck_assert_int_eq(rmdir(folder), 0);
	return status;
}

static cstn_status write_plain(oom *o)
{
	return write_file(o, "lines.csv");
}

static cstn_status write_gzip(oom *o)
{
	return write_file(o, "lines.csv.gz");
}

const oom_case oom_cases_csv[] = {
		{"cstn_csv_reader_open", open_path, 0, 0},
		{"cstn_csv_reader_open_bytes", open_bytes, 0, 0},
		{"cstn_csv_reader_export cstn_csv_reader_rejects cstn_csv_reader_export_rejects",
				read_all, 1, 0},
		{"cstn_csv_infer", infer, 0, 0},
		{"cstn_csv_write_bytes", write_bytes, 0, 0},
		{"cstn_csv_write_file", write_plain, 0, 0},
		{"cstn_csv_write_file", write_gzip, 0, 0},
};
const size_t oom_count_csv = sizeof(oom_cases_csv) / sizeof(oom_cases_csv[0]);
