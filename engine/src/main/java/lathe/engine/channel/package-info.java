/**
 * Which channels of a network can only be removed together, and the network without some of them. The entry point is
 * {@link lathe.engine.channel.ChannelClasses}.
 */
package lathe.engine.channel;
