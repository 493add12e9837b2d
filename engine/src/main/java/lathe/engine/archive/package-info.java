/**
 * A model in as few bytes as its entropy allows, and back without loss. The door is {@link lathe.engine.archive.Archive}; the
 * core is {@code RangeCoder} and {@code IntegerCoding}. Knows files and where tensors lie in them, not graphs.
 */
package lathe.engine.archive;
