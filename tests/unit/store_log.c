/* The log: header and frames field by field, where a log ends, what is damage, what is a torn tail.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"
#include "failing_allocator.h"
#include "log_fixture.h"
#include "suite.h"

/* What a replay gave: which frames, in order. */
typedef struct seen_frames {
	cstn__log_replayed log;
	uint64_t seq[64], offset[64];
	uint32_t kind[64], n_ops[64], payload_len[64];
	size_t n;
	size_t stop_at; /* `each` fails at this one, counted from 1 */
	const uint8_t *file;
	size_t file_len;
} seen_frames;

static cstn_status see(void *context, const cstn__log_frame *frame, cstn_error **error)
{
	seen_frames *seen = context;
	size_t i = seen->n++;

	ck_assert_uint_lt(i, 64);
	seen->seq[i] = frame->seq;
	seen->offset[i] = frame->offset;
	seen->kind[i] = frame->kind;
	seen->n_ops[i] = frame->n_ops;
	seen->payload_len[i] = frame->payload_len;
	ck_assert_uint_le(frame->offset + 40 + frame->payload_len, seen->file_len);
	ck_assert_mem_eq(frame->payload, seen->file + frame->offset + 40, frame->payload_len);
	if (seen->n == seen->stop_at)
		return cstn__fail(error, CSTN_E_CANCELLED, "stop");
	return CSTN_OK;
}

static cstn_status replay_disk(log_disk *disk, seen_frames *seen)
{
	cstn_error *error = NULL;
	size_t stop_at = seen->stop_at;
	cstn_status status;

	memset(seen, 0, sizeof(*seen));
	seen->stop_at = stop_at;
	seen->file = disk->data;
	seen->file_len = disk->size;
	status = cstn__log_replay(&disk->vfs, log_disk_file(disk), log_uuid, LOG_FILE_NO, NULL, see,
			seen, &seen->log, &error);
	ck_assert_int_eq(status != CSTN_OK, error != NULL);
	if (status == CSTN_OK)
		ck_assert_uint_eq(seen->log.n_frames, seen->n);
	cstn_error_free(error);
	return status;
}

static cstn_status replay_bytes(const uint8_t *data, size_t size, seen_frames *seen)
{
	log_disk disk;

	seen->stop_at = 0;
	log_disk_init(&disk, data, size);
	return replay_disk(&disk, seen);
}

START_TEST(header_and_frames_lie_where_the_format_says)
{
	cstn__log_header header = log_header();
	uint8_t wanted[LOG_LEN], written[CSTN__LOG_HEADER];
	cstn__bytes bytes;

	log_golden(wanted);
	cstn__log_header_write(&header, written);
	ck_assert_mem_eq(written, wanted, CSTN__LOG_HEADER);
	cstn__bytes_init(&bytes, NULL);
	cstn__bytes_put(&bytes, written, CSTN__LOG_HEADER);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_TRANSACTION, 1, 10, 88,
					 wanted + LOG_FRAME_1 + 40, LOG_UPSERT, &bytes, NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_TRANSACTION, 2, 11, 88,
					 wanted + LOG_FRAME_2 + 40, LOG_DELETE + LOG_SCHEMA, &bytes,
					 NULL),
			CSTN_OK);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_SEAL, 0, 11, LOG_SEAL, NULL, 0,
					 &bytes, NULL),
			CSTN_OK);
	ck_assert_uint_eq(bytes.size, LOG_LEN);
	ck_assert_mem_eq(bytes.data, wanted, LOG_LEN);
	cstn__bytes_free(&bytes);
}
END_TEST

START_TEST(a_header_reads_back)
{
	cstn__log_header header;
	uint8_t data[LOG_LEN];

	log_golden(data);
	ck_assert_int_eq(cstn__log_header_read(data, 88, log_uuid, LOG_FILE_NO, &header, NULL),
			CSTN_OK);
	ck_assert_mem_eq(header.uuid, log_uuid, 16);
	ck_assert_uint_eq(header.file_no, LOG_FILE_NO);
	ck_assert_uint_eq(header.base_seq, 10);
	ck_assert_uint_eq(header.salt, LOG_SALT);
	ck_assert_uint_eq(header.prev_file_no, 9);
	ck_assert_uint_eq(header.prev_len, 500);
	ck_assert_uint_eq(header.prev_last_seq, 9);
	ck_assert_int_eq(cstn__log_header_read(data, 87, log_uuid, LOG_FILE_NO, &header, NULL),
			CSTN_E_CORRUPT);
}
END_TEST

START_TEST(a_header_of_another_store_or_number_is_corrupt_unless_any_log_is_wanted)
{
	cstn__log_header header;
	uint8_t data[LOG_LEN], other[16];

	log_golden(data);
	memcpy(other, log_uuid, 16);
	other[15] ^= 1;
	ck_assert_int_eq(cstn__log_header_read(data, 88, other, LOG_FILE_NO, &header, NULL),
			CSTN_E_CORRUPT);
	ck_assert_int_eq(cstn__log_header_read(data, 88, log_uuid, LOG_FILE_NO + 1, &header, NULL),
			CSTN_E_CORRUPT);
	ck_assert_int_eq(cstn__log_header_read(data, 88, NULL, 0, &header, NULL), CSTN_OK);
}
END_TEST

START_TEST(a_header_of_a_newer_format_says_so)
{
	cstn__log_header header = log_header();
	uint8_t data[LOG_LEN];

	log_golden(data);
	log_put(data, 8, 2, 2);
	log_put(data, 80, 8, cstn__hash64(UINT64_C(0x0807060504030201) ^ LOG_FILE_NO, data, 80));
	ck_assert_int_eq(cstn__log_header_read(data, 88, log_uuid, LOG_FILE_NO, &header, NULL),
			CSTN_E_NEWER_FORMAT);
	log_golden(data);
	log_put(data, 40, 8, 0);
	log_put(data, 80, 8, cstn__hash64(UINT64_C(0x0807060504030201) ^ LOG_FILE_NO, data, 80));
	ck_assert_int_eq(cstn__log_header_read(data, 88, log_uuid, LOG_FILE_NO, &header, NULL),
			CSTN_E_CORRUPT);
}
END_TEST

START_TEST(a_log_replays_its_frames_in_order)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_OK);
	ck_assert_uint_eq(seen.n, 3);
	ck_assert_uint_eq(seen.seq[0], 10);
	ck_assert_uint_eq(seen.offset[0], LOG_FRAME_1);
	ck_assert_uint_eq(seen.kind[0], CSTN__FRAME_TRANSACTION);
	ck_assert_uint_eq(seen.seq[1], 11);
	ck_assert_uint_eq(seen.n_ops[1], 2);
	ck_assert_uint_eq(seen.kind[2], CSTN__FRAME_SEAL);
	ck_assert_uint_eq(seen.payload_len[2], 0);
	ck_assert_uint_eq(seen.log.end, LOG_LEN);
	ck_assert_uint_eq(seen.log.file_len, LOG_LEN);
	ck_assert_uint_eq(seen.log.last_seq, 11);
	ck_assert_uint_eq(seen.log.header.salt, LOG_SALT);
}
END_TEST

START_TEST(a_log_without_frames_ends_with_its_header)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	ck_assert_int_eq(replay_bytes(data, CSTN__LOG_HEADER, &seen), CSTN_OK);
	ck_assert_uint_eq(seen.n, 0);
	ck_assert_uint_eq(seen.log.end, CSTN__LOG_HEADER);
	ck_assert_uint_eq(seen.log.last_seq, 9);
}
END_TEST

/* The seal knows that both transactions were on disk: a flip in them is damage; one in the seal
 * itself looks like a torn end, and nothing is lost by it. */
START_TEST(every_flipped_bit_of_a_sealed_log_is_damage_but_for_the_seal)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	for (size_t bit = 0; bit < LOG_LEN * 8; bit++) {
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (bit / 8 < LOG_SEAL) {
			ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_E_CORRUPT);
			ck_assert_uint_le(seen.log.end, bit / 8);
		} else {
			ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_OK);
			ck_assert_uint_eq(seen.n, 2);
			ck_assert_uint_eq(seen.log.end, LOG_SEAL);
		}
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

/* Without the seal both transactions are one group of which nobody knows that it was on disk. */
START_TEST(every_flipped_bit_of_an_unsealed_group_ends_the_log_before_its_frame)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	for (size_t bit = LOG_FRAME_1 * 8; bit < LOG_SEAL * 8; bit++) {
		size_t whole = bit / 8 < LOG_FRAME_2 ? 0 : 1;

		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		ck_assert_int_eq(replay_bytes(data, LOG_SEAL, &seen), CSTN_OK);
		ck_assert_uint_eq(seen.n, whole);
		ck_assert_uint_eq(seen.log.end, whole ? LOG_FRAME_2 : LOG_FRAME_1);
		ck_assert_uint_eq(seen.log.last_seq, 9 + whole);
		data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}
END_TEST

START_TEST(every_cut_keeps_the_whole_frames_before_it)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	for (size_t size = 0; size < LOG_LEN; size++) {
		uint8_t *cut = malloc(size ? size : 1);
		size_t whole = size >= LOG_SEAL ? 2 : size >= LOG_FRAME_2 ? 1 : 0;

		memcpy(cut, data, size);
		if (size < CSTN__LOG_HEADER) {
			ck_assert_int_eq(replay_bytes(cut, size, &seen), CSTN_E_CORRUPT);
		} else {
			ck_assert_int_eq(replay_bytes(cut, size, &seen), CSTN_OK);
			ck_assert_uint_eq(seen.n, whole);
			ck_assert_uint_eq(seen.log.file_len, size);
		}
		free(cut);
	}
}
END_TEST

START_TEST(garbage_of_any_kind_behind_the_last_frame_is_a_torn_end)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN + 4096];

	for (uint32_t fill = 0; fill < 256; fill += 51) {
		memset(data, (int)fill, sizeof(data));
		log_golden(data);
		ck_assert_int_eq(replay_bytes(data, sizeof(data), &seen), CSTN_OK);
		ck_assert_uint_eq(seen.log.end, LOG_LEN);
	}
}
END_TEST

START_TEST(a_repeated_or_missing_frame_is_corrupt)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN + LOG_LEN];

	log_golden(data);
	memcpy(data + LOG_LEN, data + LOG_FRAME_2, LOG_SEAL - LOG_FRAME_2);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN + LOG_SEAL - LOG_FRAME_2, &seen),
			CSTN_E_CORRUPT);
	ck_assert_uint_eq(seen.n, 3);
	log_golden(data);
	log_put(data, LOG_FRAME_2 + 24, 8, 12);
	log_rehash(data, LOG_FRAME_2);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_E_CORRUPT);
	ck_assert_uint_eq(seen.n, 1);
	log_golden(data);
	log_put(data, LOG_SEAL + 24, 8, 12); /* a seal repeats the last number */
	log_rehash(data, LOG_SEAL);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(a_frame_of_another_log_is_no_frame)
{
	cstn__log_header header = log_header();
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	cstn__bytes bytes;

	log_golden(data);
	for (int i = 0; i < 2; i++) {
		cstn__bytes_init(&bytes, NULL);
		cstn__bytes_put(&bytes, data, LOG_SEAL);
		header = log_header();
		header.salt += i == 0;
		header.file_no += i == 1;
		ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_SEAL, 0, 11, LOG_SEAL,
						 NULL, 0, &bytes, NULL),
				CSTN_OK);
		ck_assert_int_eq(replay_bytes(bytes.data, bytes.size, &seen), CSTN_OK);
		ck_assert_uint_eq(seen.n, 2);
		cstn__bytes_free(&bytes);
	}
}
END_TEST

START_TEST(frames_that_make_no_sense_are_corrupt)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	for (int i = 0; i < 7; i++) {
		log_golden(data);
		switch (i) {
		case 0:
			data[LOG_SEAL + 16] = 0;
			break;
		case 1:
			data[LOG_SEAL + 16] = 3;
			break;
		case 2:
			data[LOG_SEAL + 17] = 1;
			break;
		case 3:
			data[LOG_SEAL + 19] = 1;
			break;
		case 4:
			log_put(data, LOG_SEAL + 20, 4, 1);
			break;
		case 5:
			data[LOG_FRAME_2 + 16] = 2;
			break; /* a seal with a payload */
		default:
			log_put(data, LOG_SEAL + 32, 8, LOG_SEAL + 1);
			break;
		}
		log_rehash(data, LOG_SEAL);
		log_rehash(data, LOG_FRAME_2);
		ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_E_CORRUPT);
	}
}
END_TEST

/* Both sides of the boundary: the seal knows of all bytes but the last frame's, or of one more. */
START_TEST(a_bad_frame_is_damage_from_the_first_byte_that_was_on_disk)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];

	log_golden(data);
	data[LOG_FRAME_2 + 50] ^= 1;
	log_put(data, LOG_SEAL + 32, 8, LOG_FRAME_2);
	log_rehash(data, LOG_SEAL);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_OK);
	ck_assert_uint_eq(seen.n, 1);
	log_put(data, LOG_SEAL + 32, 8, LOG_FRAME_2 + 1);
	log_rehash(data, LOG_SEAL);
	ck_assert_int_eq(replay_bytes(data, LOG_LEN, &seen), CSTN_E_CORRUPT);
}
END_TEST

START_TEST(a_read_error_is_never_the_end)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	log_disk disk;
	int n = 0;

	log_golden(data);
	do {
		log_disk_init(&disk, data, LOG_LEN);
		disk.most = 50;
		disk.fail_at = ++n;
		disk.reason = EIO;
		if (replay_disk(&disk, &seen) == CSTN_OK)
			break;
		ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_OK); /* the next time */
	} while (n < 100);
	ck_assert_int_gt(n, LOG_LEN / 50);
	ck_assert_int_lt(n, 100);
	log_disk_init(&disk, data, LOG_LEN);
	disk.fail_at = 1;
	disk.reason = EIO;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_E_IO);
	disk.size_reason = EIO;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_E_IO);
}
END_TEST

START_TEST(interrupted_and_short_reads_are_read_on)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	log_disk disk;

	log_golden(data);
	for (size_t most = 1; most < 100; most += 7) {
		for (int n = 1; n < 20; n++) {
			log_disk_init(&disk, data, LOG_LEN);
			disk.most = most;
			disk.fail_at = n;
			disk.reason = EINTR;
			ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_OK);
			ck_assert_uint_eq(seen.n, 3);
		}
	}
}
END_TEST

START_TEST(a_disk_that_only_interrupts_is_an_error)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	log_disk disk;

	log_golden(data);
	log_disk_init(&disk, data, LOG_LEN);
	disk.fail_at = 1;
	disk.for_ever = 1;
	disk.reason = EINTR;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_E_IO);
}
END_TEST

START_TEST(a_file_that_becomes_shorter_while_it_is_read_is_an_error)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	log_disk disk;

	log_golden(data);
	log_disk_init(&disk, data, LOG_SEAL);
	disk.claimed = LOG_LEN;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_E_IO);
}
END_TEST

START_TEST(an_error_of_the_caller_ends_the_replay)
{
	seen_frames seen = {0};
	uint8_t data[LOG_LEN];
	log_disk disk;

	log_golden(data);
	log_disk_init(&disk, data, LOG_LEN);
	seen.stop_at = 2;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_E_CANCELLED);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.log.end, LOG_FRAME_2);
	ck_assert_uint_eq(seen.log.last_seq, 10);
}
END_TEST

/* Frames around the size of the reader's window, one of 3 MiB among them. */
START_TEST(frames_larger_than_the_window_are_read)
{
	cstn__log_header header = log_header();
	uint8_t head[CSTN__LOG_HEADER], *payload = malloc(3u << 20);
	seen_frames seen = {0};
	cstn__bytes bytes;
	log_disk disk;

	for (size_t i = 0; i < 3u << 20; i++)
		payload[i] = (uint8_t)(i * 31 >> 3);
	cstn__bytes_init(&bytes, NULL);
	cstn__log_header_write(&header, head);
	cstn__bytes_put(&bytes, head, sizeof(head));
	for (uint64_t i = 0; i < 12; i++) {
		size_t len = i == 5 ? 3u << 20 : i % 2 ? (1u << 20) - 40 : 300000;

		ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_TRANSACTION, 1, 10 + i,
						 bytes.size, payload, len, &bytes, NULL),
				CSTN_OK);
	}
	ck_assert_int_eq(replay_bytes(bytes.data, bytes.size, &seen), CSTN_OK);
	ck_assert_uint_eq(seen.n, 12);
	log_disk_init(&disk, bytes.data, bytes.size);
	disk.most = 65537;
	ck_assert_int_eq(replay_disk(&disk, &seen), CSTN_OK);
	ck_assert_uint_eq(seen.log.end, bytes.size);
	bytes.data[1000] ^= 1;
	ck_assert_int_eq(replay_bytes(bytes.data, bytes.size, &seen), CSTN_E_CORRUPT);
	ck_assert_uint_eq(seen.n, 0);
	cstn__bytes_free(&bytes);
	free(payload);
}
END_TEST

START_TEST(sixty_four_mebibytes_are_the_limit_of_a_frame)
{
	cstn__log_header header = log_header();
	uint8_t *payload = calloc(1, (64u << 20) + 8);
	cstn_error *error = NULL;
	cstn__bytes bytes;

	cstn__bytes_init(&bytes, NULL);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_TRANSACTION, 1, 10, 88, payload,
					 (64u << 20) + 8, &bytes, &error),
			CSTN_E_LIMIT);
	ck_assert_ptr_nonnull(strstr(cstn_error_message(error), "67108872"));
	cstn_error_free(error);
	ck_assert_uint_eq(bytes.size, 0);
	ck_assert_int_eq(cstn__log_frame_write(&header, CSTN__FRAME_TRANSACTION, 1, 10, 88, payload,
					 64u << 20, &bytes, NULL),
			CSTN_OK);
	ck_assert_uint_eq(bytes.size, (64u << 20) + 40);
	cstn__bytes_free(&bytes);
	free(payload);
}
END_TEST

START_TEST(a_scan_finds_the_frames_around_damage)
{
	seen_frames seen = {0};
	cstn__log_header header = log_header();
	uint8_t data[LOG_LEN];
	log_disk disk;

	log_golden(data);
	data[LOG_FRAME_1 + 1] ^= 1;
	log_disk_init(&disk, data, LOG_LEN);
	seen.file = data;
	seen.file_len = LOG_LEN;
	ck_assert_int_eq(cstn__log_scan(&disk.vfs, log_disk_file(&disk), &header, NULL, see, &seen,
					 NULL),
			CSTN_OK);
	ck_assert_uint_eq(seen.n, 2);
	ck_assert_uint_eq(seen.seq[0], 11);
	ck_assert_uint_eq(seen.offset[1], LOG_SEAL);
	disk.fail_at = disk.reads + 1;
	disk.reason = EIO;
	ck_assert_int_eq(cstn__log_scan(&disk.vfs, log_disk_file(&disk), &header, NULL, see, &seen,
					 NULL),
			CSTN_E_IO);
}
END_TEST

START_TEST(out_of_memory_while_replaying_is_an_error_and_leaks_nothing)
{
	uint8_t data[LOG_LEN];
	cstn_status status = CSTN_E_NOMEM;
	uint64_t n;

	log_golden(data);
	for (n = 1; status == CSTN_E_NOMEM; n++) {
		failing_allocator memory;
		cstn__log_replayed log;
		log_disk disk;

		failing_allocator_init(&memory, n);
		log_disk_init(&disk, data, LOG_LEN);
		status = cstn__log_replay(&disk.vfs, log_disk_file(&disk), log_uuid, LOG_FILE_NO,
				&memory.allocator, NULL, NULL, &log, NULL);
		ck_assert_uint_eq(failing_allocator_live(&memory), 0);
	}
	ck_assert_int_eq(status, CSTN_OK);
	ck_assert_uint_gt(n, 2);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {
			header_and_frames_lie_where_the_format_says,
			a_header_reads_back,
			a_header_of_another_store_or_number_is_corrupt_unless_any_log_is_wanted,
			a_header_of_a_newer_format_says_so,
			a_log_replays_its_frames_in_order,
			a_log_without_frames_ends_with_its_header,
			every_flipped_bit_of_a_sealed_log_is_damage_but_for_the_seal,
			every_flipped_bit_of_an_unsealed_group_ends_the_log_before_its_frame,
			every_cut_keeps_the_whole_frames_before_it,
			garbage_of_any_kind_behind_the_last_frame_is_a_torn_end,
			a_repeated_or_missing_frame_is_corrupt,
			a_frame_of_another_log_is_no_frame,
			frames_that_make_no_sense_are_corrupt,
			a_bad_frame_is_damage_from_the_first_byte_that_was_on_disk,
			a_read_error_is_never_the_end,
			interrupted_and_short_reads_are_read_on,
			a_disk_that_only_interrupts_is_an_error,
			a_file_that_becomes_shorter_while_it_is_read_is_an_error,
			an_error_of_the_caller_ends_the_replay,
			frames_larger_than_the_window_are_read,
			sixty_four_mebibytes_are_the_limit_of_a_frame,
			a_scan_finds_the_frames_around_damage,
			out_of_memory_while_replaying_is_an_error_and_leaks_nothing,
	};

	return run_tests("store_log", tests, sizeof(tests) / sizeof(tests[0]));
}
