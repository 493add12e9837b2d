/**
 * Networks that compute in FLOAT16 or BFLOAT16, seen as networks in FLOAT. The entry point is
 * {@link lathe.engine.twin.FloatTwin}.
 */
package lathe.engine.twin;
