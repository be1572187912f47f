/* The float32 pass of kmeans_assign.c for one instruction set: included once for each, with the
 * operations of the set as macros. No guard: that is the point. */

#define STEP(sum, number)                                               \
	do {                                                            \
		MASK is_less = LESS(sum, best);                         \
                                                                        \
		second = MIN(second, MAX(sum, best));                   \
		best = MIN(sum, best);                                  \
		label = CHOOSE(is_less, SET_INT((int)(number)), label); \
	} while (0)

static TARGET void NAME(assign)(const float *z, size_t blocks, size_t d, const float *centres,
		size_t groups, const float bound[3], uint16_t *labels, uint16_t *unsure,
		float *both)
{
	size_t b, g, l;
	int part;

	for (b = 0; b < blocks; b++, z += d * CSTN__PACK_ROWS, labels += CSTN__PACK_ROWS) {
		uint32_t bits = 0;

		for (part = 0; part < CSTN__PACK_ROWS; part += LANES) {
			const float *centre = centres;
			VECTOR best = SET(INFINITY), second = best, limit;
			INTEGERS label = SET_INT(0);

			for (g = 0; g < groups; g++) {
				VECTOR s0 = SET(0.0f), s1 = s0, s2 = s0, s3 = s0;

				for (l = 0; l < d; l++, centre += 4) {
					VECTOR x = LOAD(z + l * CSTN__PACK_ROWS + part);
					VECTOR t0 = SUB(x, SET(centre[0]));
					VECTOR t1 = SUB(x, SET(centre[1]));
					VECTOR t2 = SUB(x, SET(centre[2]));
					VECTOR t3 = SUB(x, SET(centre[3]));

					s0 = MULADD(t0, s0);
					s1 = MULADD(t1, s1);
					s2 = MULADD(t2, s2);
					s3 = MULADD(t3, s3);
				}
				STEP(s0, 4 * g);
				STEP(s1, 4 * g + 1);
				STEP(s2, 4 * g + 2);
				STEP(s3, 4 * g + 3);
			}
			limit = ADD(MUL(second, SET(bound[0])),
					ADD(MUL(ROOT(second), SET(bound[1])), SET(bound[2])));
			bits |= (uint32_t)BITS(NOT_MORE(SUB(second, best), limit)) << part;
			STORE_LABELS(labels + part, label);
			if (both) {
				STORE(both + 2 * CSTN__PACK_ROWS * b + part, best);
				STORE(both + (2 * b + 1) * CSTN__PACK_ROWS + part, second);
			}
		}
		unsure[b] = (uint16_t)bits;
	}
}

#undef STEP
#undef TARGET
#undef NAME
#undef VECTOR
#undef INTEGERS
#undef MASK
#undef LANES
#undef SET
#undef SET_INT
#undef LOAD
#undef SUB
#undef ADD
#undef MUL
#undef MULADD
#undef MIN
#undef MAX
#undef ROOT
#undef LESS
#undef NOT_MORE
#undef CHOOSE
#undef BITS
#undef STORE_LABELS
#undef STORE
