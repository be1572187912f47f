/* Key slots for the tests that put, read and erase them. */
#include "slot_fixture.h"

#include <string.h>

#include <check.h>

#include "store/key_slots.h"

cstn__transaction *slot_begin(cstn__store *store)
{
	cstn__transaction *transaction;

	ck_assert_int_eq(cstn__transaction_new(store, &transaction, NULL), CSTN_OK);
	return transaction;
}

void slot_commit(cstn__transaction *transaction)
{
	cstn_error *error = NULL;
	cstn_status status = cstn__transaction_commit(transaction, NULL, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	cstn__transaction_free(transaction);
}

uint64_t slot_put_in(cstn__transaction *transaction, const char *text)
{
	cstn_error *error = NULL;
	uint64_t slot = 0;
	cstn_status status =
			cstn__transaction_put_slot(transaction, text, strlen(text), &slot, &error);

	ck_assert_msg(status == CSTN_OK, "%s", cstn_error_message(error));
	return slot;
}

uint64_t slot_put(cstn__store *store, const char *text)
{
	cstn__transaction *transaction = slot_begin(store);
	uint64_t slot = slot_put_in(transaction, text);

	slot_commit(transaction);
	return slot;
}

void slot_erase(cstn__store *store, uint64_t slot)
{
	cstn__transaction *transaction = slot_begin(store);

	ck_assert_int_eq(cstn__transaction_erase_slot(transaction, slot, NULL), CSTN_OK);
	slot_commit(transaction);
}

const char *slot_said(cstn__store *store, uint64_t slot)
{
	static _Thread_local char text[CSTN__SLOT_BYTES_MAX + 1];
	uint32_t state = 9;
	cstn_status status;

	memset(text, 0, sizeof(text));
	status = cstn__store_read_slot(store, slot, text, CSTN__SLOT_BYTES_MAX, &state, NULL);
	if (status != CSTN_OK)
		return cstn_status_name(status);
	return state == CSTN__SLOT_HELD ? text : state == CSTN__SLOT_ERASED ? "erased" : "absent";
}
