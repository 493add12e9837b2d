/**
 * Allocation: which configuration each layer gets, given what its configurations cost and lose. The entry point is
 * {@link lathe.engine.allocate.Allocator}.
 */
package lathe.engine.allocate;
