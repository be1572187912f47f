#include "ledger_fixture.h"

#include <string.h>

#include "suite.h"

cstn_log *ledger_log(const char *origin)
{
	cstn_log *log;

	ck_assert_int_eq(cstn_log_new(origin, strlen(origin), NULL, &log, NULL), CSTN_OK);
	return log;
}

static const char *key(int secret)
{
	static const char name[] = "log.example";
	static char text[2][256];
	uint8_t seed[32] = {7};
	cstn_buffer *made[2];
	int i;

	ck_assert_int_eq(cstn_note_key_new(name, sizeof(name) - 1, CSTN_NOTE_KEY_SIGN, seed, NULL,
					 &made[1], &made[0], NULL),
			CSTN_OK);
	for (i = 0; i < 2; i++) {
		strcpy(text[i], (const char *)cstn_buffer_data(made[i]));
		cstn_buffer_free(made[i]);
	}
	return text[secret];
}

const char *ledger_signer(void)
{
	return key(1);
}

const char *ledger_verifier(void)
{
	return key(0);
}
