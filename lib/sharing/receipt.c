/* Receipts as signed notes. Cost: O(length), and an Ed25519 signature or verification. */
#include <constellation/receipt.h>

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "sharing/note_lines.h"

#define RECEIPT "cstn/receipt/v1"
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

static const char *const kinds[] = {"received", "deleted", "key_destroyed", "returned", "paid"};

const char *cstn_receipt_kind_name(int32_t kind)
{
	return kind >= CSTN_RECEIPT_RECEIVED && kind <= CSTN_RECEIPT_PAID
			       ? kinds[kind - CSTN_RECEIPT_RECEIVED]
			       : "";
}

static cstn_status check(const cstn_receipt *r, cstn_error **error)
{
	static const uint8_t zero[CSTN_TERMS_DIGEST_SIZE];

	if (!*cstn_receipt_kind_name(r->kind))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "kind is %d, 1 to 5 expected",
				r->kind);
	if (r->detail_len > CSTN_REASON_MOST || (!r->detail && r->detail_len) ||
			(r->detail && !cstn__line_text_is_valid(r->detail, r->detail_len)))
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT,
				"the detail is not one line of at most %d bytes of UTF-8",
				CSTN_REASON_MOST);
	if (memcmp(r->agreement, zero, sizeof(zero)) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "it names no agreement");
	if (r->kind != CSTN_RECEIPT_PAID && memcmp(r->release, zero, sizeof(zero)) == 0)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "'%s' names no release",
				cstn_receipt_kind_name(r->kind));
	return cstn__id_check(r->party, r->party_len, "party", error);
}

cstn_status cstn_receipt_format(const cstn_receipt *receipt, const cstn_allocator *allocator,
		cstn_buffer **out, cstn_error **error)
{
	cstn_allocator memory;
	cstn_status status;
	cstn__bytes text;
	cstn_receipt r;

	if (!receipt || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				receipt ? "out" : "receipt");
	status = cstn__options_read(
			receipt, sizeof(r), sizeof(r), UINT32_MAX, "cstn_receipt", &r, error);
	if (status == CSTN_OK)
		status = check(&r, error);
	if (status == CSTN_OK)
		status = cstn__allocator_read(allocator, &memory, error);
	if (status != CSTN_OK)
		return status;
	cstn__bytes_init(&text, &memory);
	cstn__bytes_put_format(&text, RECEIPT "\nkind %s\n", cstn_receipt_kind_name(r.kind));
	cstn__lines_put_text(&text, "party", r.party, r.party_len);
	cstn__lines_put_hex(&text, "agreement", r.agreement, sizeof(r.agreement));
	cstn__lines_put_hex(&text, "release", r.release, sizeof(r.release));
	cstn__lines_put_hex(&text, "evidence", r.evidence, sizeof(r.evidence));
	cstn__lines_put_i64(&text, "at_us", r.at_us);
	cstn__lines_put_text(&text, "detail", r.detail ? r.detail : "", r.detail_len);
	return cstn__bytes_to_buffer(&text, out, error);
}

cstn_status cstn_receipt_parse(
		const char *text, size_t text_len, cstn_receipt *out, cstn_error **error)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;
	cstn_status status;
	cstn__lines lines;

	if (!text || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				text ? "out" : "text");
	cstn__lines_open(&lines, text, text_len, RECEIPT, error);
	cstn__lines_word(&lines, "kind", kinds, COUNT(kinds), &r.kind);
	cstn__lines_text(&lines, "party", 1, CSTN_ID_MOST, &r.party, &r.party_len);
	cstn__lines_hex(&lines, "agreement", r.agreement, sizeof(r.agreement));
	cstn__lines_hex(&lines, "release", r.release, sizeof(r.release));
	cstn__lines_hex(&lines, "evidence", r.evidence, sizeof(r.evidence));
	cstn__lines_i64(&lines, "at_us", &r.at_us);
	cstn__lines_text(&lines, "detail", 0, CSTN_REASON_MOST, &r.detail, &r.detail_len);
	status = cstn__lines_end(&lines);
	if (status != CSTN_OK)
		return status;
	r.kind += CSTN_RECEIPT_RECEIVED;
	if (check(&r, error) != CSTN_OK)
		return cstn__fail_format(error);
	return cstn__output_write(&r, sizeof(r), sizeof(r), "cstn_receipt", out, error);
}

cstn_status cstn_receipt_sign(const cstn_receipt *receipt, const char *signer,
		const cstn_allocator *allocator, cstn_buffer **out, cstn_error **error)
{
	cstn_buffer *text = NULL;
	cstn_status status;

	if (!signer || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "%s is NULL",
				signer ? "out" : "signer");
	status = cstn_receipt_format(receipt, allocator, &text, error);
	return status == CSTN_OK ? cstn__sign_text(text, signer, allocator, out, error) : status;
}

cstn_status cstn_receipt_open(const char *note, size_t note_len, const cstn_party_keys *keys,
		const cstn_allocator *allocator, cstn_receipt *out, cstn_error **error)
{
	cstn_receipt r = CSTN_RECEIPT_INIT;
	char party[CSTN_ID_MOST + 1];
	cstn_note *opened = NULL;
	cstn_status status;
	size_t len;

	if (!note || !keys || !out)
		return cstn__fail(error, CSTN_E_INVALID_ARGUMENT, "note, keys or out is NULL");
	status = cstn__note_text(note, note_len, &len, error);
	if (status == CSTN_OK)
		status = cstn_receipt_parse(note, len, &r, error);
	if (status != CSTN_OK)
		return status;
	memcpy(party, r.party, r.party_len);
	party[r.party_len] = '\0';
	status = cstn_party_keys_open(keys, note, note_len, party, CSTN_PARTY_KEY_SIGN, r.at_us, 1,
			allocator, &opened, error);
	cstn_note_free(opened);
	if (status != CSTN_OK)
		return status;
	return cstn__output_write(&r, sizeof(r), sizeof(r), "cstn_receipt", out, error);
}
