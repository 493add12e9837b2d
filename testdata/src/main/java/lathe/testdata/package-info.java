/** Access to the networks, images and reference numbers of this module. */
package lathe.testdata;
