#define _GNU_SOURCE
#include "store_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <check.h>

#include "store/dead_rows.h"
#include "store/segment.h"

const uint8_t made_uuid[16] = "0123456789abcdef";

static const cstn__store_column order_columns[] = {
		{16, "order_id", CSTN_TYPE_TEXT, 0, 0, CSTN__SPACE_ROW},
		{17, "recorded_at", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
		{18, "net", CSTN_TYPE_DECIMAL, 2, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{20, "sku", CSTN_TYPE_TEXT, 0, CSTN__COLUMN_DICTIONARY, CSTN__SPACE_CHILD},
};
static const cstn__store_column event_columns[] = {
		{16, "what", CSTN_TYPE_INT32, 0, CSTN__COLUMN_NULLABLE, CSTN__SPACE_ROW},
		{17, "recorded_at", CSTN_TYPE_TIME, 0, 0, CSTN__SPACE_ROW},
};
static const uint32_t order_key[] = {16};
static const cstn__store_table tables[] = {
		{7, CSTN__TABLE_KEYED, "orders", order_columns, 4, order_key, 1, 17, 1},
		{300, CSTN__TABLE_APPEND, "event", event_columns, 2, NULL, 0, 17, 0},
};
const cstn__store_schema made_schema = {2, tables, 2};

/* Rows of orders: keys first, first + 1, ...; two child rows each. */
typedef struct order_rows {
	uint64_t rows;
	uint32_t *offsets, *children, *sku_offsets;
	char *text, *skus;
	int64_t *recorded, *net, *seq;
	uint32_t ids[5];
	cstn__values columns[5];
	cstn__store_batch batch;
} order_rows;

static void make_orders(order_rows *orders, uint64_t rows, uint64_t first, int64_t recorded,
		uint64_t first_seq, int with_seq)
{
	static const uint32_t ids[] = {16, 17, 18, 20, CSTN__COLUMN_SEQ};

	orders->rows = rows;
	orders->offsets = calloc(rows + 1, 4);
	orders->children = calloc(rows, 4);
	orders->sku_offsets = calloc(2 * rows + 1, 4);
	orders->text = malloc(rows * 8 + 1);
	orders->skus = malloc(rows * 8 + 1);
	orders->recorded = calloc(rows, 8);
	orders->net = calloc(rows, 8);
	orders->seq = calloc(rows, 8);
	for (uint64_t i = 0; i < rows; i++) {
		snprintf(orders->text + i * 8, 9, "O%07u", (unsigned)(first + i));
		snprintf(orders->skus + i * 8, 9, "S%02u%c%04u", (unsigned)(i % 50), '-', 7u);
		orders->offsets[i + 1] = (uint32_t)(i + 1) * 8;
		orders->sku_offsets[2 * i + 1] = (uint32_t)i * 8 + 4;
		orders->sku_offsets[2 * i + 2] = (uint32_t)i * 8 + 8;
		orders->children[i] = 2;
		orders->recorded[i] = recorded + (int64_t)i;
		orders->net[i] = (int64_t)(i * 37 % 10007) - 5000;
		orders->seq[i] = (int64_t)(first_seq + i * 20 / rows);
	}
	memcpy(orders->ids, ids, sizeof(ids));
	orders->columns[0] = (cstn__values){.rows = rows,
			.offsets = orders->offsets,
			.bytes = (const uint8_t *)orders->text};
	orders->columns[1] = (cstn__values){.rows = rows, .numbers = orders->recorded};
	orders->columns[2] = (cstn__values){.rows = rows, .numbers = orders->net};
	orders->columns[3] = (cstn__values){.rows = 2 * rows,
			.offsets = orders->sku_offsets,
			.bytes = (const uint8_t *)orders->skus};
	orders->columns[4] = (cstn__values){.rows = rows, .numbers = orders->seq};
	orders->batch = (cstn__store_batch){rows, 2 * rows, orders->children, orders->ids,
			orders->columns, with_seq ? 5 : 4};
}

static void free_orders(order_rows *orders)
{
	free(orders->offsets);
	free(orders->children);
	free(orders->sku_offsets);
	free(orders->text);
	free(orders->skus);
	free(orders->recorded);
	free(orders->net);
	free(orders->seq);
}

const char *store_maker_file(store_maker *maker, uint32_t kind, uint64_t file_no, char out[768])
{
	char name[CSTN__FILE_NAME];

	cstn__file_name(kind, file_no, name);
	snprintf(out, 768, "%s/%s", maker->path, name);
	return out;
}

uint8_t *read_file(const char *path, size_t *size)
{
	FILE *file = fopen(path, "rb");
	struct stat what;
	uint8_t *data;

	ck_assert_ptr_nonnull(file);
	ck_assert_int_eq(stat(path, &what), 0);
	*size = (size_t)what.st_size;
	data = malloc(*size ? *size : 1);
	ck_assert_uint_eq(fread(data, 1, *size, file), *size);
	fclose(file);
	return data;
}

void write_file(const char *path, const void *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(size ? fwrite(data, 1, size, file) : 0, size);
	fclose(file);
}

void flip_bit(const char *path, size_t byte, int bit)
{
	size_t size;
	uint8_t *data = read_file(path, &size);

	ck_assert_uint_lt(byte, size);
	data[byte] ^= (uint8_t)(1u << bit);
	write_file(path, data, size);
	free(data);
}

static cstn__manifest_entry write_segment(store_maker *maker, uint64_t file_no,
		const cstn__store_table *table, const cstn__store_batch *batch)
{
	cstn__segment_writer *writer = NULL;
	cstn__segment_written written;
	char path[768];
	cstn__manifest_entry entry = {
			.kind = CSTN__ENTRY_SEGMENT, .table = table->id, .file_no = file_no};

	ck_assert_int_eq(cstn__segment_writer_new(maker->vfs,
					 store_maker_file(maker, 1, file_no, path), made_uuid,
					 file_no, table, 2, 0, NULL, &writer, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_put(writer, batch, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__segment_writer_finish(writer, &written, NULL), CSTN_OK);
	cstn__segment_writer_free(writer);
	entry.size = written.size;
	entry.rows = written.rows;
	entry.child_rows = written.child_rows;
	entry.min_seq = written.min_seq;
	entry.max_seq = written.max_seq;
	memcpy(entry.seal, written.seal, 16);
	return entry;
}

static cstn__manifest_entry write_events(store_maker *maker)
{
	static const uint32_t ids[] = {16, 17, CSTN__COLUMN_SEQ};
	static int64_t what[MADE_EVENT_ROWS], recorded[MADE_EVENT_ROWS], seq[MADE_EVENT_ROWS];
	cstn__values columns[3] = {{.rows = MADE_EVENT_ROWS, .numbers = what},
			{.rows = MADE_EVENT_ROWS, .numbers = recorded},
			{.rows = MADE_EVENT_ROWS, .numbers = seq}};
	cstn__store_batch batch = {MADE_EVENT_ROWS, 0, NULL, ids, columns, 3};

	for (int i = 0; i < MADE_EVENT_ROWS; i++) {
		what[i] = i % 7;
		recorded[i] = 1000 + i;
		seq[i] = 1 + i * 40 / MADE_EVENT_ROWS;
	}
	return write_segment(maker, MADE_EVENTS, &tables[1], &batch);
}

static cstn__manifest_entry write_dead(store_maker *maker)
{
	cstn__manifest_entry entry = {.kind = CSTN__ENTRY_DEAD_ROWS,
			.table = 7,
			.file_no = MADE_DEAD,
			.rows = MADE_DEAD_ROWS,
			.min_seq = MADE_LAST_SEQ,
			.max_seq = MADE_LAST_SEQ,
			.target_file_no = MADE_SEGMENT_1};
	cstn__dead_row rows[MADE_DEAD_ROWS];
	cstn__bytes bytes;
	char path[768];

	for (uint32_t i = 0; i < MADE_DEAD_ROWS; i++)
		rows[i] = (cstn__dead_row){10 + i, MADE_LAST_SEQ, 100000 + i};
	cstn__bytes_init(&bytes, NULL);
	ck_assert_int_eq(cstn__dead_rows_write(made_uuid, MADE_DEAD, MADE_SEGMENT_1, MADE_LAST_SEQ,
					 rows, MADE_DEAD_ROWS, &bytes, NULL),
			CSTN_OK);
	write_file(store_maker_file(maker, 3, MADE_DEAD, path), bytes.data, bytes.size);
	entry.size = bytes.size;
	cstn__bytes_free(&bytes);
	return entry;
}

static void put_frame(const cstn__log_header *header, const cstn__log_op *op, uint64_t seq,
		cstn__bytes *out)
{
	cstn__bytes payload;

	cstn__bytes_init(&payload, NULL);
	ck_assert_int_eq(cstn__log_op_write(op, &payload, NULL), CSTN_OK);
	ck_assert_int_eq(cstn__log_frame_write(header, CSTN__FRAME_TRANSACTION, 1, seq, out->size,
					 payload.data, payload.size, out, NULL),
			CSTN_OK);
	cstn__bytes_free(&payload);
}

static void write_log(store_maker *maker)
{
	static const uint32_t ids[] = {16, 17};
	static const int64_t what[] = {3}, recorded[] = {200010};
	cstn__values columns[2] = {{.rows = 1, .numbers = what}, {.rows = 1, .numbers = recorded}};
	cstn__log_header header = {.file_no = MADE_LOG, .base_seq = MADE_LAST_SEQ + 1, .salt = 77};
	cstn__log_op op = {.op = CSTN__OP_UPSERT, .table = 7, .schema_version = 2};
	uint8_t head[CSTN__LOG_HEADER];
	order_rows orders;
	cstn__bytes bytes;
	char path[768];

	memcpy(header.uuid, made_uuid, 16);
	cstn__bytes_init(&bytes, NULL);
	cstn__log_header_write(&header, head);
	cstn__bytes_put(&bytes, head, sizeof(head));
	make_orders(&orders, 2, 100, 200000, 0, 0); /* keys of the first segment */
	op.batch = orders.batch;
	put_frame(&header, &op, MADE_LAST_SEQ + 1, &bytes);
	free_orders(&orders);
	op = (cstn__log_op){CSTN__OP_APPEND, 300, 2, {1, 0, NULL, ids, columns, 2}, NULL, 0, NULL};
	put_frame(&header, &op, MADE_LAST_SEQ + 2, &bytes);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_SEAL, 0, MADE_LAST_SEQ + 2,
					 bytes.size, NULL, 0, &bytes, NULL),
			CSTN_OK);
	write_file(store_maker_file(maker, 2, MADE_LOG, path), bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
}

void store_maker_make(store_maker *maker)
{
	cstn__manifest_entry entries[5];
	cstn__manifest manifest = {.manifest_no = MADE_MANIFEST,
			.next_file = MADE_LOG + 1,
			.last_seq = MADE_LAST_SEQ,
			.entries = entries,
			.n_entries = 5};
	order_rows orders;
	cstn__bytes bytes;
	char path[768];

	cstn__vfs_posix_init(&maker->posix, NULL);
	maker->vfs = &maker->posix.vfs;
	posix_folder_make(&maker->folder);
	posix_folder_at(&maker->folder, "store", maker->path);
	ck_assert_int_eq(maker->vfs->make_folder(maker->vfs, maker->path), 0);
	snprintf(path, sizeof(path), "%s/LOCK", maker->path);
	write_file(path, "", 0);
	make_orders(&orders, MADE_ORDERS_1, 0, 1000, 1, 1);
	entries[0] = write_segment(maker, MADE_SEGMENT_1, &tables[0], &orders.batch);
	free_orders(&orders);
	/* Row 0 has the key of row 10 of the first. */
	make_orders(&orders, MADE_ORDERS_2, 10000, 100000, 21, 1);
	memcpy(orders.text, "O0000010", 8);
	entries[1] = write_segment(maker, MADE_SEGMENT_2, &tables[0], &orders.batch);
	free_orders(&orders);
	entries[2] = write_events(maker);
	entries[3] = write_dead(maker);
	write_log(maker);
	entries[4] = (cstn__manifest_entry){
			.kind = CSTN__ENTRY_LOG, .file_no = MADE_LOG, .size = CSTN__LOG_HEADER};
	memcpy(manifest.uuid, made_uuid, 16);
	manifest.schema = made_schema;
	cstn__bytes_init(&bytes, NULL);
	ck_assert_int_eq(cstn__manifest_write(&manifest, &bytes, NULL), CSTN_OK);
	write_file(store_maker_file(maker, 0, MADE_MANIFEST, path), bytes.data, bytes.size);
	cstn__bytes_free(&bytes);
}

void store_maker_remove(store_maker *maker)
{
	posix_folder_remove(&maker->folder);
	cstn__vfs_posix_free(&maker->posix);
}
