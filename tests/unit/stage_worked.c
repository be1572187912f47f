/* Relationship stages: the worked cases of the shared data. The same cases stand in stage_replay.c,
 * as tests of single rules. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <constellation/interaction.h>

#include "shared_data.h"
#include "stages_fixture.h"

typedef struct worked {
	char lines[64][160];
	size_t n;
} worked;

static worked *read_lines(const char *file)
{
	char *path = shared_path("data", file);
	FILE *in = fopen(path, "r");
	worked *out = calloc(1, sizeof(*out));

	ck_assert_ptr_nonnull(out);
	ck_assert_msg(in != NULL, "cannot read %s", path);
	while (out->n < 64 && fgets(out->lines[out->n], 160, in)) {
		out->lines[out->n][strcspn(out->lines[out->n], "\r\n")] = '\0';
		out->n++;
	}
	fclose(in);
	free(path);
	return out;
}

/* Cut a line at its commas, in place. */
static void cut(char *line, char *fields[8])
{
	int i;

	for (i = 0; i < 8; i++) {
		fields[i] = line ? line : NULL;
		if (line && (line = strchr(line, ',')) != NULL)
			*line++ = '\0';
	}
}

START_TEST(worked_cases_give_their_moves)
{
	worked *events = read_lines("customer_stage_events.csv");
	worked *moves = read_lines("customer_stage_moves.csv");
	char expected[4096] = "", got[4096] = "";
	stages_event rows[64];
	size_t i, n = 0;
	int64_t as_of = 0;

	for (i = 1; i < moves->n; i++) {
		char *f[8];

		cut(moves->lines[i], f);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
				"%s %s %s %s %s %s %s\n", f[0], f[1], f[2], f[3], f[4], f[5], f[6]);
	}
	for (i = 1; i <= events->n; i++) {
		char *f[8] = {NULL};

		if (i < events->n)
			cut(events->lines[i], f);
		if (n && (i == events->n || strcmp(rows[n - 1].customer, f[0]) != 0)) {
			cstn_stage_options options = stages_options(as_of);
			char *text = stages_replay(NULL, rows, n, &options), *line, *rest = text;

			while ((line = strtok_r(rest, "\n", &rest)) != NULL) {
				char c[16], from[16], to[16], rule[16], direction[16];
				int number, day;

				ck_assert_int_eq(sscanf(line, "%15s %d %d %15s %15s %15s %15s", c,
								 &number, &day, from, to, rule,
								 direction),
						7);
				snprintf(got + strlen(got), sizeof(got) - strlen(got),
						"%s %d %d %s %s %s %s\n", c, number, day, from, to,
						rule, direction);
			}
			free(text);
			n = 0;
		}
		if (i == events->n)
			break;
		as_of = atoi(f[1]);
		rows[n++] = stages_make(f[0], f[2], f[3], atoi(f[4]), f[5][0] ? atoi(f[5]) : -1,
				f[6] && f[6][0] ? f[6] : NULL);
	}
	ck_assert_str_eq(got, expected);
	free(events);
	free(moves);
}
END_TEST

int main(void)
{
	const TTest *const tests[] = {worked_cases_give_their_moves};

	return run_tests_on("data", "customer_stage_events.csv", "stage_worked", tests, 1);
}
